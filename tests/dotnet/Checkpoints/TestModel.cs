using System.Text;
using MoeDevtools.Checkpoints;

namespace MoeDevtools.Tests.Checkpoints;

/// <summary>A folder under the system's temporary folder, deleted at the end, and the files of small models to put in it.</summary>
internal sealed class TestModel : IDisposable
{
    public const string OneTensor = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";
    public const string OtherTensor = """{"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("moe-devtools-");

    public string Folder => _folder.FullName;

    /// <summary>Complete, with one tensor "a".</summary>
    public static TestModel Whole() => new TestModel().WithConfig().With("model.safetensors", Safetensors(OneTensor, 8));

    /// <summary>Complete, with tensor "a" in the first and "b" in the second shard.</summary>
    public static TestModel Sharded() => new TestModel().WithConfig()
        .With("model-00001-of-00002.safetensors", Safetensors(OneTensor, 8))
        .With("model-00002-of-00002.safetensors", Safetensors(OtherTensor, 8))
        .WithIndex("""{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}""");

    public static byte[] Safetensors(string header, int dataBytes)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((long)json.Length), .. json, .. new byte[dataBytes]];
    }

    public TestModel WithConfig(string json = """{"model_type":"olmoe"}""") => With("config.json", json);

    public TestModel WithIndex(string weightMap) =>
        With("model.safetensors.index.json", $$"""{"metadata":{},"weight_map":{{weightMap}}}""");

    public TestModel With(string name, string text) => With(name, Encoding.UTF8.GetBytes(text));

    public TestModel With(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllBytes(At(name), bytes);
        return this;
    }

    public TestModel WithLink(string name, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.CreateSymbolicLink(At(name), target);
        return this;
    }

    public TestModel Without(string name)
    {
        File.Delete(At(name));
        return this;
    }

    public string At(string name) => Path.Combine(Folder, name);

    public void Open() => Checkpoint.Open(Folder).Dispose();

    public void Dispose() => _folder.Delete(recursive: true);
}
