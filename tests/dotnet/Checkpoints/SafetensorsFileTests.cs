using System.Runtime.CompilerServices;
using System.Text;
using MoeDevtools.Checkpoints;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Checkpoints;

public sealed class SafetensorsFileTests : IDisposable
{
    private const string LfsPointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 9\n";

    private readonly TestModel _files = new();

    public void Dispose() => _files.Dispose();

    private string Write(byte[] bytes) => _files.With("f.safetensors", bytes).At("f.safetensors");

    private static void Refuse(string id, string path, params string[] facts) =>
        Expect.Error(id, () => SafetensorsFile.Open(path).Dispose(), [path, .. facts]);

    [Fact]
    public void EmptyFile_IsRefused() => Refuse("MOE1012", Write([]));

    [Fact]
    public void EmptyFileBehindALink_IsRefused()
    {
        Write([]);
        Refuse("MOE1012", _files.WithLink("link", "f.safetensors").At("link"));
    }

    [Fact]
    public void LfsPointer_IsRefusedWithTheCommandToRun() => Refuse("MOE1011", Write(Encoding.ASCII.GetBytes(LfsPointer)), "git lfs pull");

    [Fact]
    public void FileThatIsNotThere_IsRefused() => Refuse("MOE1006", _files.At("f.safetensors"));

    [Fact]
    public void FolderInPlaceOfTheFile_IsRefused() => Refuse("MOE1010", _files.Folder);

    [Fact]
    public void DanglingLink_IsRefusedWithItsTarget() =>
        Refuse("MOE1008", _files.WithLink("link", "../blobs/abc").At("link"), "../blobs/abc");

    [Fact]
    public void LinkLoop_IsRefused() => Refuse("MOE1009", _files.WithLink("x", "y").WithLink("y", "x").At("x"));

    [Fact]
    public void FileWithoutPermission_IsRefused()
    {
        string path = Write(TestModel.Safetensors(TestModel.OneTensor, 8));
        // The superuser may read anything, so the system's answer is given by hand.
        Expect.Error("MOE1007", () => throw InputFile.CannotOpen(path, new UnauthorizedAccessException()), path);
    }

    [Fact]
    public void FileOnAFailingDisk_IsRefused() => Expect.Error("MOE1013",
        () => throw InputFile.CannotOpen(_files.At("f.safetensors"), new IOException("Input/output error")), "Input/output error");

    [Fact]
    public void EveryCutOfAFile_IsRefused()
    {
        byte[] file = TestModel.Safetensors(TestModel.OneTensor, 8);
        for (int length = 0; length < file.Length; length++)
        {
            string path = Write(file[..length]);
            Assert.Throws<UserError>(() => SafetensorsFile.Open(path));
        }
    }

    [Fact]
    public unsafe void NaNFilledTensor_IsNoError()
    {
        byte[] file = TestModel.Safetensors(TestModel.OneTensor, 0);

        using var opened = SafetensorsFile.Open(Write([.. file, 0, 0, 0xc0, 0x7f, 0, 0, 0xc0, 0x7f]));

        Assert.True(float.IsNaN(Unsafe.ReadUnaligned<float>(opened.Get("a").Data)));
    }

    /// <summary>Headers of 55 to 62 bytes put the tensor at every address modulo 8.</summary>
    [Fact]
    public unsafe void TensorAtAnyAddress_IsRead()
    {
        for (int padding = 0; padding < 8; padding++)
        {
            byte[] file = TestModel.Safetensors(TestModel.OneTensor + new string(' ', padding), 0);
            using var opened = SafetensorsFile.Open(Write([.. file, .. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f)]));
            var tensor = opened.Get("a");

            Assert.Equal((8 + TestModel.OneTensor.Length + padding) % 8, (int)((nint)tensor.Data % 8));
            Assert.Equal(-2f, Unsafe.ReadUnaligned<float>(tensor.Data + 4));
        }
    }

    [Fact]
    public unsafe void FileOverTwoGibibytes_IsReadAtItsEnd()
    {
        const long Rows = 3L << 20;
        string header = $$$"""{"big":{"dtype":"U8","shape":[{{{Rows}}},1024],"data_offsets":[0,{{{Rows * 1024}}}]}}""";
        string path = Write(TestModel.Safetensors(header, 0));
        using (var file = File.OpenWrite(path))
        {
            // Sparse: it takes no room on the disk.
            long length = file.Length + Rows * 1024;
            file.SetLength(length);
            file.Position = length - 1;
            file.WriteByte(42);
        }

        using var opened = SafetensorsFile.Open(path);
        var big = opened.Get("big");

        Assert.Equal(Rows * 1024, big.Bytes);
        Assert.Equal(42, big.Data[big.Bytes - 1]);
        Assert.Equal(42, big.Slice(Rows - 1).Data[1023]);
    }

    [Fact]
    public void FileThatGrewOrShrank_IsNoticed()
    {
        string path = Write(TestModel.Safetensors(TestModel.OneTensor, 8));
        using var opened = SafetensorsFile.Open(path);
        opened.EnsureUnchanged();

        using (var file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(file.Length - 1);
        }

        Expect.Error("MOE1028", opened.EnsureUnchanged, path);
    }

    [Fact]
    public void FileThatWasRewrittenAtTheSameLength_IsNoticed()
    {
        string path = Write(TestModel.Safetensors(TestModel.OneTensor, 8));
        using var opened = SafetensorsFile.Open(path);

        File.SetLastWriteTimeUtc(path, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));

        Expect.Error("MOE1028", opened.EnsureUnchanged, "2001-02-03");
    }

    [Fact]
    public void MissingTensor_IsAnErrorWithTheNearestNames()
    {
        using var golden = SafetensorsFile.Open(Path.Combine(Folders.Fixtures, "olmoe", "model.safetensors"));

        Expect.Error("MOE1029", () => golden.Get("model.layers.1.mlp.router.weight"), "model.layers.1.mlp.gate.weight", golden.Path);
    }

    [Fact]
    public void Dispose_MayBeCalledTwice()
    {
        var opened = SafetensorsFile.Open(Write(TestModel.Safetensors(TestModel.OneTensor, 8)));
        opened.Dispose();
        opened.Dispose();
    }
}
