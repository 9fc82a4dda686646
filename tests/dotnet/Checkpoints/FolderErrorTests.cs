using MoeDevtools.Checkpoints;

namespace MoeDevtools.Tests.Checkpoints;

/// <summary>One test for each way a folder can fail to be a model.</summary>
public sealed class FolderErrorTests : IDisposable
{
    private readonly TestModel _empty = new();
    private readonly TestModel _whole = TestModel.Whole();
    private readonly TestModel _sharded = TestModel.Sharded();

    public void Dispose()
    {
        _empty.Dispose();
        _whole.Dispose();
        _sharded.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("no/such/folder")]
    [InlineData("a\0b")]
    public void FolderThatIsNotThere_IsRefused(string folder) => Expect.Error("MOE1001", () => Checkpoint.Open(folder));

    [Fact]
    public void FileInPlaceOfTheFolder_IsRefused() =>
        Expect.Error("MOE1002", () => Checkpoint.Open(_whole.At("config.json")), "config.json");

    [Fact]
    public void LinkToAFileInPlaceOfTheFolder_IsRefused() =>
        Expect.Error("MOE1002", () => Checkpoint.Open(_whole.WithLink("link", "config.json").At("link")));

    [Fact]
    public void FolderLinkLoop_IsRefused() =>
        Expect.Error("MOE1009", () => Checkpoint.Open(_empty.WithLink("x", "y").WithLink("y", "x").At("x")));

    [Fact]
    public void DanglingFolderLink_IsRefused() =>
        Expect.Error("MOE1008", () => Checkpoint.Open(_empty.WithLink("x", "gone").At("x")), "gone");

    [Fact]
    public void EmptyFolder_IsNoModel() => Expect.Error("MOE1017", _empty.Open, _empty.Folder);

    [Fact]
    public void FolderOfModels_IsNoModelButNamesThem()
    {
        _empty.With("olmoe/config.json", "{}").With("models--org--name/snapshots/abc/config.json", "{}").With("notes.txt", "");

        Expect.Error("MOE1017", _empty.Open, "Give one of the models in it: models--org--name, olmoe.");
    }

    [Fact]
    public void ConfigLinkLoop_IsRefused() =>
        Expect.Error("MOE1009", _whole.Without("config.json").WithLink("config.json", "config.json").Open, "config.json");

    [Fact]
    public void WeightsLinkLoop_IsRefused() =>
        Expect.Error("MOE1009",
            _whole.Without("model.safetensors").WithLink("model.safetensors", "again").WithLink("again", "model.safetensors").Open,
            "model.safetensors");

    [Fact]
    public void WeightsAsAFolder_AreRefused() =>
        Expect.Error("MOE1010", _whole.Without("model.safetensors").With("model.safetensors/x", "").Open);

    [Fact]
    public void NoWeights_IsRefused() =>
        Expect.Error("MOE1020", _whole.Without("model.safetensors").With("model.gguf", "x").Open, "model.gguf");

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("pytorch_model-00001-of-00002.bin")]
    [InlineData("consolidated.00.pth")]
    public void WeightsOnlyAsPickle_AreRefusedWithHowToConvert(string pickle) =>
        Expect.Error("MOE1021", _whole.Without("model.safetensors").With(pickle, "x").Open, pickle, "save_pretrained");

    [Fact]
    public void ShardsWithoutIndex_AreRefused() => Expect.Error("MOE1022",
        _sharded.Without("model.safetensors.index.json").Open, "model-00001-of-00002.safetensors", "model.safetensors.index.json");

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"a":1}""")]
    [InlineData("""{"a":["model-00001-of-00002.safetensors"]}""")]
    public void IndexWithoutAMapOfFiles_IsRefused(string map) =>
        Expect.Error("MOE1023", _sharded.WithIndex(map).Open, "model.safetensors.index.json");

    [Fact]
    public void IndexThatIsNotJson_IsRefused() =>
        Expect.Error("MOE1015",
            _sharded.With("model.safetensors.index.json", "{\n\"weight_map\":\n,}").Open, "index.json", "at line 3, byte 1");

    [Theory]
    [InlineData("../model.safetensors")]
    [InlineData("..")]
    [InlineData("/etc/passwd")]
    [InlineData("..\\\\model.safetensors")]
    [InlineData("C:model.safetensors")]
    [InlineData("sub/model.safetensors")]
    [InlineData("a\\u0000b")]
    [InlineData("")]
    public void IndexThatLeavesTheFolder_IsRefused(string file) =>
        Expect.Error("MOE1024", _sharded.WithIndex($$"""{"a":"{{file}}"}""").Open);

    [Fact]
    public void MissingShard_IsNamedAndTheOthersCounted() =>
        Expect.Error("MOE1025", _sharded.Without("model-00002-of-00002.safetensors").Open, "1 of the 2", "not model-00002-of-00002");

    [Fact]
    public void DanglingShard_IsRefused() => Expect.Error("MOE1008",
        _sharded.Without("model-00002-of-00002.safetensors").WithLink("model-00002-of-00002.safetensors", "../../blobs/b").Open,
        "../../blobs/b");

    [Fact]
    public void IndexWithATensorThatItsShardLacks_IsRefused() => Expect.Error("MOE1026",
        _sharded.WithIndex("""{"a":"model-00001-of-00002.safetensors","c":"model-00002-of-00002.safetensors"}""").Open,
        "c in model-00002-of-00002.safetensors");

    [Fact]
    public void IndexWithATensorInTheWrongShard_IsRefused() => Expect.Error("MOE1026",
        _sharded.WithIndex("""{"b":"model-00001-of-00002.safetensors","a":"model-00002-of-00002.safetensors"}""").Open, "2 tensors");

    [Fact]
    public void TensorInTwoShards_IsRefused() => Expect.Error("MOE1027",
        _sharded.With("model-00002-of-00002.safetensors", TestModel.Safetensors(TestModel.OneTensor, 8)).Open,
        "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");

    [Fact]
    public void TensorTwiceInTheIndex_IsRefused() => Expect.Error("MOE1027",
        _sharded.WithIndex("""{"a":"model-00001-of-00002.safetensors","a":"model-00002-of-00002.safetensors"}""").Open);

    [Fact]
    public void WrongShape_IsAnErrorWithBothShapes()
    {
        using var checkpoint = Checkpoint.Open(_whole.Folder);

        Assert.Equal("a", checkpoint.Get("a", 2).Name);
        Expect.Error("MOE1030", () => checkpoint.Get("a", 2, 3), "[2]", "[2, 3]", "model.safetensors");
    }

    [Fact]
    public void MissingTensor_IsAnErrorWithTheFilesLookedIn()
    {
        using var checkpoint = Checkpoint.Open(_sharded.Folder);

        Expect.Error("MOE1029",
            () => checkpoint.Get("lm_head.weight"), "lm_head.weight", "model-00001-of-00002.", "model-00002-of-00002.");
    }

    [Fact]
    public void TensorBesidesTheIndex_IsLoadedAsTheReferenceDoes()
    {
        using var checkpoint = Checkpoint.Open(_sharded.WithIndex("""{"a":"model-00001-of-00002.safetensors"}""").Folder);

        Assert.Equal(["a"], checkpoint.TensorNames);
    }

    [Fact]
    public void SingleFileBesideAnIndex_WinsAsInTheReference()
    {
        using var checkpoint = Checkpoint.Open(_sharded.With("model.safetensors", TestModel.Safetensors(TestModel.OtherTensor, 8)).Folder);

        Assert.Equal(["b"], checkpoint.TensorNames);
    }

    [Fact]
    public void FailedOpen_LeavesNoFileMapped()
    {
        _sharded.With("model-00002-of-00002.safetensors", "x");
        Expect.Error("MOE1040", _sharded.Open);

        if (OperatingSystem.IsLinux())
        {
            Assert.DoesNotContain(_sharded.Folder, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
        }
    }
}
