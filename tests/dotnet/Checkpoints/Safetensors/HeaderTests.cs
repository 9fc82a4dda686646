using MoeDevtools.Checkpoints;
using MoeDevtools.Checkpoints.Safetensors;

namespace MoeDevtools.Tests.Checkpoints.Safetensors;

/// <summary>What the reference implementation accepts.</summary>
public sealed class HeaderTests
{
    [Theory]
    [InlineData("{}", 0)]
    [InlineData("{}\r \t\n", 0)]
    [InlineData("""{"test":{"dtype":"I32","shape":[],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}}""", 16)]
    [InlineData("""{"test":{"dtype":"I32","shape":[2,0],"data_offsets":[0, 0]}}""", 0)]
    [InlineData("""{"data_offsets":{"data_offsets":[0,1],"shape":[1],"dtype":"BOOL"}}""", 1)]
    [InlineData("""{"__metadata__":{"format":"pt"},"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}""", 8)]
    [InlineData("""{"b":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"a":{"dtype":"F64","shape":[1],"data_offsets":[3,11]}}""", 11)]
    [InlineData("""{"__metadata__":null,"\u00e9":{"dtype":"F4","shape":[1,2],"data_offsets":[0,1]}}""", 1)]
    [InlineData("""{"a":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,3]},"b":{"dtype":"F6_E3M2","shape":[4],"data_offsets":[3,6]}}""", 6)]
    public void ValidHeader_IsAccepted(string header, int dataBytes)
    {
        byte[] file = TestModel.Safetensors(header, dataBytes);

        var read = Header.Read("f", file, file.Length);

        Assert.Equal(file.Length - dataBytes, read.DataStart);
        Assert.Equal(dataBytes, read.Entries.Sum(entry => entry.End - entry.Begin));
    }

    [Fact]
    public void Entries_AreInTheOrderOfTheirBytes()
    {
        byte[] file = TestModel.Safetensors("""
            {"late":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},"none":{"dtype":"U8","shape":[0],"data_offsets":[2,2]},
            "early":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}
            """, 3);

        Assert.Equal(["early", "none", "late"], Header.Read("f", file, file.Length).Entries.Select(entry => entry.Name));
    }

    [Fact]
    public void EveryType_HasTheReferencesSize()
    {
        var bits = new Dictionary<string, int>
        {
            ["BOOL"] = 8, ["F4"] = 4, ["F6_E2M3"] = 6, ["F6_E3M2"] = 6, ["U8"] = 8, ["I8"] = 8, ["F8_E5M2"] = 8, ["F8_E4M3"] = 8,
            ["F8_E8M0"] = 8, ["F8_E4M3FNUZ"] = 8, ["F8_E5M2FNUZ"] = 8, ["I16"] = 16, ["U16"] = 16, ["F16"] = 16, ["BF16"] = 16,
            ["I32"] = 32, ["U32"] = 32, ["F32"] = 32, ["C64"] = 64, ["F64"] = 64, ["I64"] = 64, ["U64"] = 64,
        };

        Assert.Equal(bits, Enum.GetValues<StoredType>().ToDictionary(type => type.Name(), type => type.Bits()));
        foreach (var (name, size) in bits)
        {
            byte[] file = TestModel.Safetensors($$$"""{"t":{"dtype":"{{{name}}}","shape":[8],"data_offsets":[0,{{{size}}}]}}""", size);
            Assert.Equal(name, Header.Read("f", file, file.Length).Entries[0].Type.Name());
        }
    }

    /// <summary>Right tables of three tensors over a few bytes, many with numbers changed; the oracle counts each byte's owners.</summary>
    [Fact]
    public void AnyTable_IsAcceptedExactlyWhenEveryByteHasOneOwner()
    {
        var random = new Random(1);
        int accepted = 0;
        for (int round = 0; round < 20_000; round++)
        {
            int[] sizes = [random.Next(3), random.Next(3), random.Next(3)];
            // Begin, end and elements of each tensor, then the bytes of data.
            int[] numbers =
            [
                0, sizes[0], sizes[0],
                sizes[0], sizes[0] + sizes[1], sizes[1],
                sizes[0] + sizes[1], sizes.Sum(), sizes[2],
                sizes.Sum(),
            ];
            for (int changes = random.Next(3); changes > 0; changes--)
            {
                ref int number = ref numbers[random.Next(numbers.Length)];
                number = Math.Max(0, number + random.Next(-2, 3));
            }
            int dataBytes = numbers[9];
            var tensors = numbers[..9].Chunk(3).Select(n => (Begin: n[0], End: n[1], Elements: n[2])).ToArray();
            random.Shuffle(tensors);

            string header = "{" + string.Join(",", tensors.Select((t, i) =>
                $$""" "t{{i}}":{"dtype":"U8","shape":[{{t.Elements}}],"data_offsets":[{{t.Begin}},{{t.End}}]}""")) + "}";
            byte[] file = TestModel.Safetensors(header, dataBytes);
            bool isAccepted = Record.Exception(() => Header.Read("f", file, file.Length)) is null;

            bool isRight = tensors.All(t => t.End - t.Begin == t.Elements)
                && Enumerable.Range(0, 20).All(i => tensors.Count(t => t.Begin <= i && i < t.End) == (i < dataBytes ? 1 : 0))
                // An empty tensor owns no byte; it lies between tensors, not inside one and not past the end.
                && tensors.All(t => t.Elements > 0 || t.Begin <= dataBytes && !tensors.Any(u => u.Begin < t.Begin && t.Begin < u.End));
            Assert.True(isRight == isAccepted, $"{header} over {dataBytes} bytes: accepted {isAccepted}");
            accepted += isAccepted ? 1 : 0;
        }
        Assert.InRange(accepted, 5_000, 15_000);
    }
}
