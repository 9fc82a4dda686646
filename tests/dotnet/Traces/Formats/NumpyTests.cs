using System.IO.Compression;
using System.Text;
using MoeDevtools.Messages;
using MoeDevtools.Traces.Formats.Numpy;

namespace MoeDevtools.Tests.Traces.Formats;

public sealed class NumpyTests
{
    public static TheoryData<string> Types => ["|i1", "<i2", "<i4", "<i8", ">i2", ">i4", ">i8", "|u1", "<u2", "<u4", "<u8", ">u2", ">u4", ">u8", "<f2", "<f4", "<f8", ">f2", ">f4", ">f8"];

    [Theory]
    [MemberData(nameof(Types))]
    public void EveryType_OrderAndVersion_IsReadInBlocks(string type)
    {
        var random = new Random(type.GetHashCode(StringComparison.Ordinal));
        for (var round = 0; round < 60; round++)
        {
            var shape = Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(1, 6)).ToArray();
            var values = Enumerable.Range(0, shape.Aggregate(1, (p, n) => p * n)).Select(_ => (double)random.Next(type[1] == 'u' ? 0 : -100, 100)).ToList();
            var array = NpyArray.Open("a", new MemoryStream(NumpyFiles.Npy(type, shape, values, fortran: random.Next(2) == 0, version: random.Next(1, 4))));
            Assert.Equal(shape.Select(n => (long)n), array.Shape);

            var start = shape.Select(n => (long)random.Next(n)).ToArray();
            var count = shape.Select((n, i) => random.Next(1, n - (int)start[i] + 1)).ToArray();
            var expected = Block(shape, values, start, count);
            var whole = new long[expected.Count];
            array.Read(start, count, whole);
            Assert.Equal(expected.Select(x => (long)x), whole);
            var real = new float[expected.Count];
            array.Read(start, count, real);
            Assert.Equal(expected.Select(x => (float)x), real);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void BlockThatLiesFarApart_IsReadInParts(bool fortran)
    {
        int[] shape = [3000, 40, 20];
        var values = Enumerable.Range(0, 3000 * 40 * 20).Select(i => (double)i).ToList();
        var array = NpyArray.Open("a", new MemoryStream(NumpyFiles.Npy("<i4", shape, values, fortran)));
        var read = new long[200 * 40 * 20];
        array.Read([1000, 0, 0], [200, 40, 20], read);
        Assert.Equal(Enumerable.Range(1000 * 40 * 20, read.Length).Select(i => (long)i), read);
    }

    [Theory]
    [InlineData("|O", "MOE7202")]
    [InlineData("<c8", "MOE7201")]
    [InlineData("<M8[ns]", "MOE7201")]
    [InlineData("<i3", "MOE7201")]
    [InlineData("<f16", "MOE7201")]
    [InlineData("|V8", "MOE7201")]
    public void OtherTypes_AreRefusedByName(string type, string id)
    {
        var error = Assert.Throws<UserError>(() => NpyArray.Open("weights", new MemoryStream(NumpyFiles.Raw(NumpyFiles.Header(type, [2]), new byte[16]))));
        Assert.Equal(id, error.Id);
        Assert.Contains("weights", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807), }")]
    [InlineData("{'descr': '<i8', 'fortran_order': False, 'shape': (4611686018427387904,), }")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (-1,), }")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (99999999999999999999,), }")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }")]
    [InlineData("{'descr': '<i4', 'fortran_order': False, 'shape': (5,), }")]
    [InlineData("__import__('os').system('true')")]
    public void HeadersThatLie_AreRefused(string header) =>
        Assert.Equal("MOE7201", Assert.Throws<UserError>(() => NpyArray.Open("a", new MemoryStream(NumpyFiles.Raw(header, new byte[16])))).Id);

    [Fact]
    public void FractionsAsWholeNumbers_AreRefused()
    {
        var array = NpyArray.Open("ids", new MemoryStream(NumpyFiles.Npy("<f4", [2], [1, 1.5])));
        Assert.Equal("MOE7205", Assert.Throws<UserError>(() => array.ReadAll()).Id);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void Npz_HasItsArraysByName(CompressionLevel level)
    {
        using var file = new TemporaryFile("a.npz", NumpyFiles.Npz(level, ("x", NumpyFiles.Npy("<i4", [3], [1, 2, 3])), ("deep/y", NumpyFiles.Npy("<f2", [2], [0.5, -2]))));
        using var npz = NpzFile.Open(file.Path);
        Assert.Equal(["x", "deep/y"], npz.Names);
        Assert.Equal([1, 2, 3], npz.Find("x")!.ReadAll());
        Assert.Null(npz.Find("z"));
        var reals = new float[2];
        npz.Find("deep/y")!.Read([0], [2], reals);
        Assert.Equal([0.5f, -2f], reals);
    }

    [Fact]
    public void ChangedByteOfAnArray_IsFoundByItsChecksum()
    {
        var bytes = NumpyFiles.Npz(CompressionLevel.NoCompression, ("x", NumpyFiles.Npy("<i4", [3], [1, 2, 3])));
        var at = bytes.AsSpan().IndexOf(new byte[] { 2, 0, 0, 0, 3, 0, 0, 0 });
        bytes[at] = 7;
        using var file = new TemporaryFile("a.npz", bytes);
        using var npz = NpzFile.Open(file.Path);
        var error = Assert.Throws<UserError>(() => npz.Find("x")!.ReadAll());
        Assert.Contains("checksum", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("archive/data.pkl")]
    [InlineData("data.pkl")]
    public void TorchFile_IsRefusedAsAPickle(string member)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true)) zip.CreateEntry(member);
        using var file = new TemporaryFile("dump.pt", bytes.ToArray());
        Assert.Equal("MOE7206", Assert.Throws<UserError>(() => Import.File(file.Path)).Id);
    }

    [Fact]
    public void Pickle_IsRefusedByName()
    {
        using var file = new TemporaryFile("dump.pkl", [0x80, 4, 0x95, 0, 0, 0, (byte)'.']);
        Assert.Equal("MOE7212", Assert.Throws<UserError>(() => Import.File(file.Path)).Id);
    }

    [Fact]
    public void ObjectMember_IsRefusedByName()
    {
        using var file = new TemporaryFile("a.npz", NumpyFiles.Npz(CompressionLevel.Fastest, ("ids", NumpyFiles.Raw(NumpyFiles.Header("|O", [2]), Encoding.ASCII.GetBytes("\u0080pickle")))));
        var error = Assert.Throws<UserError>(() => Import.File(file.Path));
        Assert.Equal("MOE7202", error.Id);
        Assert.Contains("ids", error.Message, StringComparison.Ordinal);
    }

    private static List<double> Block(int[] shape, List<double> values, long[] start, int[] count)
    {
        var block = new List<double>();
        for (var i = 0; i < values.Count; i++)
        {
            var (rest, inside) = (i, true);
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                var index = rest % shape[axis];
                rest /= shape[axis];
                inside &= index >= start[axis] && index < start[axis] + count[axis];
            }
            if (inside) block.Add(values[i]);
        }
        return block;
    }
}
