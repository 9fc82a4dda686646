using MoeDevtools.Checkpoints;

namespace MoeDevtools.Tests.Checkpoints;

public sealed unsafe class StoredTensorTests : IDisposable
{
    private readonly TestModel _files = new();
    private readonly SafetensorsFile _file;

    public StoredTensorTests()
    {
        const string Header = """
            {"experts":{"dtype":"F16","shape":[3,2,5],"data_offsets":[0,60]},"scalar":{"dtype":"U8","shape":[],"data_offsets":[60,61]},
            "none":{"dtype":"F32","shape":[0,4],"data_offsets":[61,61]},"packed":{"dtype":"F4","shape":[2,3],"data_offsets":[61,64]}}
            """;
        _file = SafetensorsFile.Open(_files.With("f", TestModel.Safetensors(Header, 64)).At("f"));
    }

    public void Dispose()
    {
        _file.Dispose();
        _files.Dispose();
    }

    [Fact]
    public void Slice_DropsTheLeadingDimension()
    {
        var experts = _file.Get("experts");
        var expert = experts.Slice(2);

        Assert.Equal([2, 5], expert.Shape.ToArray());
        Assert.Equal((20, 10), (expert.Bytes, expert.ElementCount));
        Assert.True(expert.Data == experts.Data + 40);
        Assert.Equal("experts[2]", expert.Name);
        Assert.True(expert.Slice(1).Slice(4).Data == experts.Data + 58);
        Assert.Empty(expert.Slice(1).Slice(4).Shape.ToArray());
    }

    [Fact]
    public void Rows_KeepTheLeadingDimension()
    {
        var experts = _file.Get("experts");
        var two = experts.Rows(1, 2);

        Assert.Equal([2, 2, 5], two.Shape.ToArray());
        Assert.Equal((40, 20), (two.Bytes, two.ElementCount));
        Assert.True(two.Data == experts.Data + 20);
        Assert.Equal("experts[1..3]", two.Name);
        Assert.Equal(0, experts.Rows(3, 0).Bytes);
        Assert.Equal(0, _file.Get("none").Rows(0, 0).Bytes);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 4)]
    [InlineData(3, 1)]
    [InlineData(1, long.MaxValue)]
    [InlineData(4, 0)]
    [InlineData(0, -1)]
    public void RowsOutsideTheTensor_Throw(long start, long count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _file.Get("experts").Rows(start, count));

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public void SliceOutsideTheTensor_Throws(long index) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _file.Get("experts").Slice(index));

    [Fact]
    public void SliceOfAScalar_Throws() => Assert.Throws<InvalidOperationException>(() => _file.Get("scalar").Slice(0));

    [Fact]
    public void RowThatEndsInsideAByte_IsRefused() => Expect.Error("MOE1031", () => _file.Get("packed").Slice(1), "packed", "12 bits");

    [Fact]
    public void Text_SaysNameTypeAndShape() => Assert.Equal("experts F16 [3, 2, 5]", _file.Get("experts").ToString());
}
