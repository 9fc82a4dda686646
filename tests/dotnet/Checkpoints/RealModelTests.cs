using System.Buffers.Binary;
using System.Text.Json;
using MoeDevtools.Checkpoints;

namespace MoeDevtools.Tests.Checkpoints;

public sealed class RealModelTests
{
    public static TheoryData<string> Models => new(Folders.Models);

    [Fact]
    public void Repository_HasTheFamiliesAndTheSamples() => Assert.Equal(42 + 6, Folders.Models.Count());

    [Theory]
    [MemberData(nameof(Models))]
    public unsafe void EveryModel_LendsTheBytesOfItsFiles(string model)
    {
        string folder = Path.Combine(Folders.Root, model);
        using var checkpoint = Checkpoint.Open(folder);

        // An independent reading of the format: whole files in arrays, headers through the DOM.
        var expected = Directory.EnumerateFiles(folder, "model*.safetensors").SelectMany(ReadSimply).ToDictionary(tensor => tensor.Name);
        Assert.Equal(expected.Keys.Order(), checkpoint.TensorNames.Order());
        foreach (var tensor in checkpoint.Tensors)
        {
            var (_, type, shape, bytes) = expected[tensor.Name];
            Assert.Equal(type, tensor.Type.Name());
            Assert.Equal(shape, tensor.Shape.ToArray());
            Assert.True(new ReadOnlySpan<byte>(tensor.Data, (int)tensor.Bytes).SequenceEqual(bytes), tensor.Name);
            Assert.Equal(tensor.Bytes * 8, tensor.ElementCount * tensor.Type.Bits());
        }
        Assert.Equal(expected.Values.Sum(tensor => tensor.Bytes.Length), checkpoint.WeightBytes);
        checkpoint.EnsureUnchanged();
    }

    [Theory]
    [InlineData("olmoe", "4")]
    [InlineData("deepseek_v3", "1")]
    public void Golden_OpensAsASingleFileWithMetadata(string family, string seed)
    {
        using var golden = SafetensorsFile.Open(Path.Combine(Folders.Fixtures, family, "golden.safetensors"));

        Assert.Equal(family, golden.Metadata["family"]);
        Assert.Equal(seed, golden.Metadata["seed"]);
        Assert.Equal([1, 44], golden.Get("input_ids").Shape.ToArray());
        Assert.Equal(StoredType.I64, golden.Get("input_ids").Type);
    }

    [Fact]
    public void Sample_KnowsItsTokenizerAndSpecialTokens()
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(Folders.Samples, "olmoe-tiny"));

        Assert.Equal(Path.Combine(Folders.Samples, "olmoe-tiny", "tokenizer.json"), checkpoint.TokenizerFile);
        Assert.Equal([0], checkpoint.Generation.EosTokenIds);
        Assert.Equal(1, checkpoint.Generation.PadTokenId);
        Assert.Equal("olmoe", checkpoint.Config.ModelType);
    }

    private static IEnumerable<(string Name, string Type, long[] Shape, byte[] Bytes)> ReadSimply(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using var header = JsonDocument.Parse(file.AsMemory(8, length));
        foreach (var entry in header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__"))
        {
            long[] Numbers(string key) => [.. entry.Value.GetProperty(key).EnumerateArray().Select(number => number.GetInt64())];
            long[] offsets = Numbers("data_offsets");
            byte[] bytes = file[(8 + length)..][(int)offsets[0]..(int)offsets[1]];
            yield return (entry.Name, entry.Value.GetProperty("dtype").GetString()!, Numbers("shape"), bytes);
        }
    }
}
