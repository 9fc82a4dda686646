using System.Diagnostics;
using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Models;
using MoeDevtools.Routing;
using MoeDevtools.Traces;
using TraceOptions = MoeDevtools.Traces.TraceOptions;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>
/// Decisions stored a second (k = 8, ids and weights), with the file closed inside the timing and read back equal, beside a file of as many bytes that is written and
/// brought to the disk in the same rounds; then opening and reading a large trace.
/// </summary>
internal static class TracesBenchmark
{
    private const int Routers = 16;
    private const int Experts = 64;
    private const int K = 8;
    private const int ManyRows = 512;
    private const int RoundCount = 5;
    private const int Reads = 300;
    private const RoutingColumns Columns = RoutingColumns.SelectedExperts | RoutingColumns.RoutingWeights;

    public static void Run(BenchContext context)
    {
        var folder = Directory.CreateTempSubdirectory("moe-traces-").FullName;
        try
        {
            var path = Path.Combine(folder, "bench.moetrace");
            var quick = context.IsQuick;
            Write(context, path, ManyRows, quick ? 4_000_000 : 16_000_000, half: false, aim: ">= 10");
            Write(context, path, ManyRows, quick ? 4_000_000 : 16_000_000, half: true, aim: ">= 10");
            Write(context, path, 1, 200_000, half: false, aim: null);
            Large(context, path, quick ? 4_000_000 : 100_000_000);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Write(BenchContext context, string path, int rows, long decisions, bool half, string? aim)
    {
        var source = new RoutedSteps(Routers, Experts, K, rows, Columns);
        var steps = decisions / Routers / rows;
        decisions = steps * Routers * rows;
        long bytes = 0;
        double Store()
        {
            var start = Stopwatch.GetTimestamp();
            Record(path, source, steps, half);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            bytes = new FileInfo(path).Length;
            Check(path, source, steps, half);
            return decisions / seconds / 1e6;
        }
        var series = Rounds.InterleaveCold(RoundCount, context.Cancelled, Store, () => Disk(path, bytes));
        var name = $"batches of {rows} {(rows == 1 ? "row" : "rows")}{(half ? ", float16" : "")}";
        var perDecision = (double)bytes / decisions;
        context.Report.Write(new Figure
        {
            Name = $"{name}: decisions stored", Value = series[0], Unit = "M/s", Better = Better.Higher, Against = "-", AgainstValue = null, Aim = aim,
        });
        context.Report.Write(new Figure
        {
            Name = $"{name}: bytes stored", Value = series[0].Select(v => v * perDecision), Unit = "MB/s", Better = Better.Higher, Against = "file, write and fsync",
            AgainstValue = series[1], Aim = rows == 1 ? null : "ratio >= 0.3",
        });
        context.Report.Write(new Figure
        {
            Name = $"{name}: size", Value = new Series([perDecision]), Unit = "B/dec", Against = "ids and weights alone", AgainstValue = new Series([K * (half ? 3.0 : 5.0)]),
        });
    }

    private static void Large(BenchContext context, string path, long decisions)
    {
        var source = new RoutedSteps(Routers, Experts, K, ManyRows, Columns);
        var steps = decisions / Routers / ManyRows;
        Record(path, source, steps, half: false);
        var random = new Random(1);
        var (pass, batch) = (new RoutingPass(), new RoutingBatch());
        var open = Rounds.Interleave(RoundCount, context.Cancelled, () =>
        {
            var start = Stopwatch.GetTimestamp();
            using var reader = TraceReader.Open(path);
            reader.Extent();
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        })[0];
        var read = new List<double>();
        using (var reader = TraceReader.Open(path))
        {
            for (var i = 0; i < Reads; i++)
            {
                var key = new BatchKey(1 + random.NextInt64(steps), 0, 0, random.Next(Routers));
                var start = Stopwatch.GetTimestamp();
                if (!reader.Read(key, pass, batch)) throw new InvalidOperationException($"{key} is missing");
                read.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }
        var held = $"trace of {steps * Routers * ManyRows / 1e6:0} M decisions";
        context.Report.Write(new Figure { Name = $"{held}: open", Value = open, Unit = "ms", Against = "-", AgainstValue = null, Aim = "<= 1000" });
        context.Report.Write(new Figure { Name = $"{held}: read one (step, router)", Value = new Series(read), Unit = "ms", Against = "-", AgainstValue = null, Aim = "<= 5" });
    }

    private static void Record(string path, RoutedSteps source, long steps, bool half)
    {
        var info = new TraceInfo { Writer = "bench", Kind = TraceKind.Checkpoint, Created = DateTimeOffset.UnixEpoch };
        using var writer = TraceWriter.Create(path, info, source.Routers, new TraceOptions { Columns = Columns, HalfPrecision = half });
        for (var step = 1L; step <= steps; step++)
            foreach (var batch in source.At(step)) writer.Add(batch, BatchProblems.None);
        writer.Close();
    }

    private static void Check(string path, RoutedSteps source, long steps, bool half)
    {
        using var reader = TraceReader.Open(path);
        var (pass, read) = (new RoutingPass(), new RoutingBatch());
        for (var step = 1L; step <= steps; step++)
            foreach (var batch in source.At(step))
            {
                if (!reader.Read(new BatchKey(step, 0, 0, batch.Router.Index), pass, read) || !read.SelectedExperts.SequenceEqual(batch.SelectedExperts) || !Same(batch.RoutingWeights, read.RoutingWeights, half))
                    throw new InvalidOperationException($"step {step}, router {batch.Router.Index} is not what was stored");
            }
    }

    private static bool Same(ReadOnlySpan<float> stored, ReadOnlySpan<float> read, bool half)
    {
        if (!half) return stored.SequenceEqual(read);
        for (var i = 0; i < stored.Length; i++)
            if ((float)(Half)stored[i] != read[i]) return false;
        return true;
    }

    /// <summary>MB a second of a file that is written from start to end and then brought to the disk.</summary>
    private static double Disk(string path, long bytes)
    {
        var block = new byte[1 << 20];
        new Random(1).NextBytes(block);
        var file = path + ".disk";
        var start = Stopwatch.GetTimestamp();
        using (var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            for (long written = 0; written < bytes; written += block.Length) stream.Write(block);
            stream.Flush(flushToDisk: true);
        }
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        File.Delete(file);
        return bytes / seconds / 1e6;
    }
}
