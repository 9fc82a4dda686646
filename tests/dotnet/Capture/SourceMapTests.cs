using MoeDevtools.Capture;
using MoeDevtools.Routing;
using MoeDevtools.Tests.Routing;
using MoeDevtools.Tests.Traces.Formats;

namespace MoeDevtools.Tests.Capture;

public sealed class SourceMapTests
{
    /// <summary>Three layers whose block calls its router at line 7 of a file; line 3 is the forward of the first two, line 12 of another file that of the last.</summary>
    private static readonly Func<string, string, IReadOnlyList<RouterInfo>> Layers = (block, other) =>
    [
        .. Enumerable.Range(0, 3).Select(i => Batches.Router(8, 2, i) with { Sources = [new(block, 7, IsCall: true), i < 2 ? new(block, 3, IsCall: false) : new(other, 12, IsCall: false)] }),
    ];

    [Fact]
    public void LinesOfAProgram_HaveTheirRouters_AndSoHasTheListing()
    {
        using var block = new TemporaryFile("block.py");
        File.WriteAllText(block.Path, "");
        var other = Path.Combine(Path.GetDirectoryName(block.Path)!, "absent.py");
        var routers = Layers(block.Path, other);
        var map = new SourceMap(new Program(routers), Path.GetDirectoryName(block.Path)!);

        Assert.Equal([0, 1, 2], map.RoutersAt(block.Path, 7).Select(r => r.Index));
        Assert.Equal([0, 1], map.RoutersAt(block.Path, 3).Select(r => r.Index));
        Assert.Equal([2], map.RoutersAt(Path.Combine(Path.GetDirectoryName(other)!, ".", "absent.py"), 12).Select(r => r.Index));
        Assert.Empty(map.RoutersAt(block.Path, 4));
        Assert.Equal([3, 7], map.LinesOf(block.Path).Select(l => l.Line));
        Assert.Equal([1], map.RoutersAt(map.ListingPath, map.Listing.LineOf(routers[1])).Select(r => r.Index));
        Assert.Equal([other, block.Path, map.ListingPath], map.Files);
        Assert.True(map.Has(other));
        Assert.False(map.Has(other + "c"));
        Assert.False(map.Has(null));
        Assert.True(map.IsListing(map.ListingPath));
        Assert.False(map.IsListing(block.Path));
    }

    [Fact]
    public void ARouter_IsShownInAFileThatIsHere_ElseInTheListing()
    {
        using var block = new TemporaryFile("block.py");
        File.WriteAllText(block.Path, "");
        var folder = Path.GetDirectoryName(block.Path)!;
        Assert.All(Layers(block.Path, block.Path), router => Assert.Equal((block.Path, 7), new SourceMap(new Program(Layers(block.Path, block.Path)), folder).PlaceOf(router)));
        File.Delete(block.Path);
        var map = new SourceMap(new Program(Layers(block.Path, block.Path)), folder);
        Assert.All(Layers(block.Path, block.Path), router => Assert.Equal((map.ListingPath, router.Index + 2), map.PlaceOf(router)));
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(4, 3)]
    [InlineData(5, 7)]      // as near to 3: the one below
    [InlineData(900, 7)]
    public void Nearest_IsALineOfTheSameFile(int line, int nearest)
    {
        using var block = new TemporaryFile("block.py");
        var map = new SourceMap(new Program(Layers(block.Path, block.Path + "x")), Path.GetDirectoryName(block.Path)!);
        Assert.Equal(nearest, map.Nearest(block.Path, line).Line);
    }

    private sealed class Program(IReadOnlyList<RouterInfo> routers) : IRoutingSource
    {
        public string Name => "train.py";

        public IReadOnlyList<RouterInfo> Routers => routers;

        public string? Recording => null;

        public string? TextOf(int id) => null;

        public string? Decode(IReadOnlyList<int> ids) => null;

        public void Run(RunRequest request, IRoutingSink? sink, IRunObserver? observer, CancellationToken cancelled)
        {
        }

        public void Dispose()
        {
        }
    }
}
