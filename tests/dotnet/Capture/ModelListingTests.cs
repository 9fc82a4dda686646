using MoeDevtools.Capture;
using MoeDevtools.Tests.House;
using MoeDevtools.Tests.Traces.Formats;
using MoeDevtools.Traces;

namespace MoeDevtools.Tests.Capture;

public sealed class ModelListingTests
{
    private static readonly ModelSession Model = ModelSession.Open(Path.Combine(Repository.Root, "samples/olmoe-tiny"));

    [Fact]
    public void Recording_HasTheListingOfItsCheckpoint()
    {
        var listing = ModelListing.Of(Model);
        var info = TraceInfos.Of(Model, new RunRequest { Sequences = [] }, TimeProvider.System);
        Assert.Equal((listing.Text, listing.Hash), (info.Listing, info.Architecture));

        var replayed = Replayed(info.Listing!);
        Assert.Equal((listing.FileName, listing.Lines), (replayed.FileName, replayed.Lines));
        Assert.Equal(listing.Modules, replayed.Modules);
        foreach (var router in Model.Routers)
        {
            Assert.Equal(listing.LineOf(router), replayed.LineOf(router));
            Assert.Equal(router.Name, replayed.RouterAt(replayed.LineOf(router))?.Name);
        }
    }

    [Theory]
    [InlineData("../../olmoe: breakpoints go on router lines\n")]
    [InlineData("olmoe/x: breakpoints go on router lines\n")]
    [InlineData(": breakpoints go on router lines\n")]
    [InlineData("olmoe\n")]
    [InlineData("")]
    public void RecordedListing_WithoutAFamily_IsNotTaken(string heading) => NotTaken(heading + string.Concat(Model.Routers.Select(r => $"{r.Name}  router\n")));

    [Fact]
    public void RecordedListing_WithoutARouterOrAnEnd_IsNotTaken()
    {
        var text = ModelListing.Of(Model).Text;
        NotTaken(text.Replace(Model.Routers[^1].Name, "model.norm", StringComparison.Ordinal));
        NotTaken(text[..^1]);
    }

    private static void NotTaken(string text)
    {
        var listing = Replayed(text);
        Assert.StartsWith("routers-", listing.FileName, StringComparison.Ordinal);
        Assert.Equal(Model.Routers.Select(r => r.Name), listing.Modules);
    }

    private static ModelListing Replayed(string text)
    {
        using var file = new TemporaryFile("a.moetrace");
        TraceWriter.Create(file.Path, new TraceInfo { Writer = "test", Kind = TraceKind.Checkpoint, Created = DateTimeOffset.UnixEpoch, Listing = text }, Model.Routers, new TraceOptions()).Dispose();
        using var replay = ReplaySession.Open(file.Path);
        return ModelListing.Of(replay);
    }
}
