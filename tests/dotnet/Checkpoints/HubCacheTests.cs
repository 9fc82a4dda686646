using MoeDevtools.Checkpoints;

namespace MoeDevtools.Tests.Checkpoints;

/// <summary>The layout of huggingface_hub's cache, built as it builds it: snapshots of links into blobs.</summary>
public sealed class HubCacheTests : IDisposable
{
    private readonly TestModel _cache = new();

    public void Dispose() => _cache.Dispose();

    private string Model => _cache.At("models--org--name");

    private HubCacheTests WithSnapshot(string commit, string modelType = "olmoe")
    {
        string snapshot = $"models--org--name/snapshots/{commit}";
        _cache.With($"models--org--name/blobs/{commit}-config", $$"""{"model_type":"{{modelType}}"}""");
        _cache.With($"models--org--name/blobs/{commit}-weights", TestModel.Safetensors(TestModel.OneTensor, 8));
        _cache.WithLink($"{snapshot}/config.json", $"../../blobs/{commit}-config");
        _cache.WithLink($"{snapshot}/model.safetensors", $"../../blobs/{commit}-weights");
        return this;
    }

    private HubCacheTests WithMain(string commit)
    {
        _cache.With("models--org--name/refs/main", commit);
        return this;
    }

    private static string TypeOf(string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        Assert.Equal(8, checkpoint.WeightBytes);
        return checkpoint.Config.ModelType;
    }

    [Fact]
    public void Snapshot_IsAModelFolder() => Assert.Equal("olmoe", TypeOf(Path.Combine(WithSnapshot("abc").Model, "snapshots", "abc")));

    [Fact]
    public void OnlySnapshot_IsTaken() => Assert.Equal("olmoe", TypeOf(WithSnapshot("abc").Model));

    [Theory]
    [InlineData("abc")]
    [InlineData("def")]
    [InlineData("def\n")]
    public void MainRevision_IsTaken(string commit) =>
        Assert.Equal($"in-{commit.Trim()}", TypeOf(WithSnapshot("abc", "in-abc").WithSnapshot("def", "in-def").WithMain(commit).Model));

    [Fact]
    public void FolderThatIsALinkToASnapshot_IsFollowedAsTheSystemDoes()
    {
        WithSnapshot("abc");
        _cache.WithLink("elsewhere/deep/model", Path.Combine(Model, "snapshots", "abc"));

        Assert.Equal("olmoe", TypeOf(_cache.At("elsewhere/deep/model")));
    }

    [Fact]
    public void SeveralSnapshotsWithoutMain_AreListed() =>
        Expect.Error("MOE1004", () => Checkpoint.Open(WithSnapshot("abc").WithSnapshot("def").Model), "abc, def", "2 snapshots");

    [Theory]
    [InlineData("0123")]
    [InlineData("../..")]
    [InlineData("..")]
    public void MainRevisionThatIsNotThere_IsRefused(string commit) =>
        Expect.Error("MOE1005", () => Checkpoint.Open(WithSnapshot("abc").WithMain(commit).Model), commit);

    [Fact]
    public void CacheWithoutSnapshots_IsRefused()
    {
        Directory.CreateDirectory(Path.Combine(Model, "snapshots"));

        Expect.Error("MOE1003", () => Checkpoint.Open(Model));
    }

    [Fact]
    public void SnapshotWithoutConfig_IsRefused()
    {
        WithSnapshot("abc");
        File.Delete(Path.Combine(Model, "snapshots", "abc", "config.json"));

        Expect.Error("MOE1017", () => Checkpoint.Open(Model), "abc", "model.safetensors");
    }

    [Fact]
    public void DeletedBlob_IsRefusedByTheNameOfTheLink()
    {
        WithSnapshot("abc");
        File.Delete(Path.Combine(Model, "blobs", "abc-weights"));

        Expect.Error("MOE1008", () => Checkpoint.Open(Model), "../../blobs/abc-weights", "model.safetensors");
    }
}
