using MoeDevtools.Routing;
using MoeDevtools.Tests.Routing;
using MoeDevtools.Traces;
using MoeDevtools.Traces.Maintenance;

namespace MoeDevtools.Tests.Traces;

public sealed class RetentionTests : IDisposable
{
    private readonly TraceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void MaxBytes_DropsTheOldestStepsAndTheFileStaysBelow()
    {
        const long Most = 8 << 20;
        const int Steps = 1500, Rows = 256;
        var router = Batches.Router(64, 8);
        long largest = 0;
        using (var writer = TraceWriter.Create(_folder.File, TraceFolder.Info, [router], new TraceOptions { MaxBytes = Most, Columns = RoutingColumns.SelectedExperts | RoutingColumns.RoutingWeights }))
        {
            for (var step = 1; step <= Steps; step++)
            {
                writer.Add(Batches.Chosen(router, step, [.. Enumerable.Repeat<int[]>([step % 64, 64 - 1 - step % 32, 1, 2, 3, 4, 5, 6], Rows)]));
                if (step % 50 != 0) continue;
                writer.Flush();
                largest = Math.Max(largest, Size(_folder.File) + Size(_folder.File + "-wal"));
            }
        }
        Assert.InRange(largest, Most / 2, Most);
        Assert.InRange(Size(_folder.File), Most / 3, Most);
        Assert.Empty(TraceVerifier.Check(_folder.File, default));
        using var reader = TraceReader.Open(_folder.File);
        var (extent, drop) = (reader.Extent(), Assert.Single(reader.Drops()));
        Assert.Equal(("size", 1L, Steps), (drop.Reason, drop.FirstStep, extent.LastStep));
        Assert.Equal((extent.FirstStep - 1, Steps), (drop.LastStep, extent.Steps + drop.LastStep));
        Assert.Equal((long)Rows * Steps, extent.Decisions + drop.Rows);
        Assert.Equal(extent.FirstStep, reader.First()!.Value.Step);
        Assert.Equal(extent.Steps, reader.Loads(0, 0, Steps).Count());
    }

    [Fact]
    public void MaxAge_DropsWhatIsOlderThanThatAndKeepsTheNewestStep()
    {
        var router = Batches.Router(8, 2);
        using (var writer = TraceWriter.Create(_folder.File, TraceFolder.Info, [router], new TraceOptions { MaxAge = TimeSpan.Zero }))
        {
            for (var step = 1; step <= 5; step++)
            {
                writer.Add(Batches.Chosen(router, step, [0, 1]));
                writer.Flush();
            }
        }
        using var reader = TraceReader.Open(_folder.File);
        Assert.Equal((5, 5), (reader.Extent().FirstStep, reader.Extent().LastStep));
        Assert.Equal(new TraceDrop(1, 4, 4, "age"), Assert.Single(reader.Drops()));
    }

    private static long Size(string file) => File.Exists(file) ? new FileInfo(file).Length : 0;
}
