using System.Text;
using MoeDevtools.Checkpoints;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Checkpoints;

public sealed class FolderFuzzTests
{
    [Theory]
    [InlineData("config.json", 3)]
    [InlineData("generation_config.json", 4)]
    [InlineData("model.safetensors.index.json", 5)]
    [InlineData("model-00001-of-00002.safetensors", 6)]
    public void AnyMutationOfAFile_OpensOrIsRefusedAsUserError(string name, int seed)
    {
        var random = new Random(seed);
        using var model = TestModel.Sharded()
            .With("config.json", File.ReadAllBytes(Path.Combine(Folders.Samples, "deepseek-tiny", "config.json")))
            .With("generation_config.json", """{"eos_token_id":[2,3],"do_sample":true,"temperature":0.6,"top_k":20,"top_p":0.95}""");
        byte[] original = File.ReadAllBytes(model.At(name));
        for (int round = 0; round < 2000; round++)
        {
            model.With(name, Mutation.Of(original, random));
            try
            {
                using var checkpoint = Checkpoint.Open(model.Folder);
                Read(checkpoint);
            }
            catch (UserError)
            {
            }
        }
    }

    [Fact]
    public void AnyJsonInAConfig_IsReadOrRefusedAsUserError()
    {
        var random = new Random(7);
        string[] values =
        [
            "0", "-1", "1.5", "1e999", "-1e999", "99999999999999999999", "null", "true", "\"x\"", "\"\\ud800\"",
            "[]", "[1]", "[null]", "[\"a\"]", "{}", "{\"k\":1}",
        ];
        for (int round = 0; round < 20_000; round++)
        {
            var pairs = Enumerable.Range(0, 4).Select(_ => $"\"k{random.Next(4)}\":{values[random.Next(values.Length)]}");
            string keys = string.Join(",", pairs);
            try
            {
                var config = ModelConfig.Parse("config.json", Encoding.UTF8.GetBytes($$"""{"model_type":"m",{{keys}}}"""));
                string key = $"k{random.Next(4)}";
                switch (random.Next(8))
                {
                    case 0: config.Int(key); break;
                    case 1: config.Number(key); break;
                    case 2: config.Bool(key); break;
                    case 3: config.Text(key); break;
                    case 4: config.Ints(key); break;
                    case 5: config.Texts(key); break;
                    case 6: config.IntOf("k0", "k1"); break;
                    default: config.Section(key)?.Numbers("k"); break;
                }
                Assert.All(config.UnreadKeys, Assert.NotNull);
            }
            catch (UserError)
            {
            }
        }
    }

    private static unsafe void Read(Checkpoint checkpoint)
    {
        int sum = 0;
        foreach (var tensor in checkpoint.Tensors)
        {
            for (long i = 0; i < tensor.Bytes; i++)
            {
                sum += tensor.Data[i];
            }
        }
        Assert.InRange(sum, 0, int.MaxValue);
    }
}
