using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Tests.Traces;

/// <summary>What is written is what is read.</summary>
public sealed class TraceRoundTripTests : IDisposable
{
    private readonly TraceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<int, bool, int> Seeds
    {
        get
        {
            var data = new TheoryData<int, bool, int>();
            for (var seed = 0; seed < 24; seed++) data.Add(seed, seed % 3 == 1, seed % 4 == 3 ? seed : (int)RoutingColumns.All);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Batches_OfEveryShape_AreReadBackBitForBit(int seed, bool half, int columns)
    {
        var random = new Random(seed);
        var routers = RandomTraces.Routers(random);
        var batches = RandomTraces.Run(random, routers, 6).ToList();
        var kept = (RoutingColumns)columns;
        var options = new TraceOptions { HalfPrecision = half, Columns = kept };
        using (var writer = TraceWriter.Create(_folder.File, TraceFolder.Info, routers, options))
        {
            for (var i = 0; i < 2; i++) writer.Add(new TraceSequence(i, $"id {i}", RandomTraces.Labels[i], [1, 2, i]));
            foreach (var batch in batches) writer.Add(batch);
        }
        Assert.Equal(["a.moetrace"], _folder.Names);

        using var reader = TraceReader.Open(_folder.File);
        Assert.Equal(routers.Select(r => (r.Index, r.Name, r.Id, r.Rule)), reader.Routers.Select(r => (r.Index, r.Name, r.Id, r.Rule)));
        Assert.Equal(routers.Select(r => r.Sources), reader.Routers.Select(r => r.Sources));
        var keys = batches.Select(KeyOf).Order().ToList();
        Assert.Equal(keys, Walk(reader.First(), k => reader.Next(k)));
        Assert.Equal(keys.AsEnumerable().Reverse(), Walk(reader.Last(), k => reader.Previous(k)));
        foreach (var router in routers)
            Assert.Equal(keys.Where(k => k.Router == router.Index), Walk(reader.Next(new BatchKey(0, 0, 0, 0), router.Index), k => reader.Next(k, router.Index)));
        var (pass, read) = (new RoutingPass(), new RoutingBatch());
        foreach (var batch in batches)
        {
            Assert.True(reader.Read(KeyOf(batch), pass, read, RoutingColumns.All, out var problems));
            Assert.Equal(BatchValidator.Check(batch.Before ?? batch), problems);
            SameBatch.Assert(batch, read, kept, half);
        }
        var extent = reader.Extent();
        Assert.Equal((batches.Count, batches.Sum(b => b.Tokens)), (extent.Batches, extent.Decisions));
        AssertLoads(reader, routers, batches);
        Assert.False(reader.Read(new BatchKey(99, 0, 0, 0), pass, read));
    }

    [Fact]
    public void Columns_ThatAreNotAskedFor_AreNotPresent()
    {
        var random = new Random(5);
        var routers = RandomTraces.Routers(random);
        var batches = RandomTraces.Run(random, routers, 8).ToList();
        using var reader = TraceReader.Open(_folder.Write(routers, batches));
        var (pass, read) = (new RoutingPass(), new RoutingBatch());
        foreach (var batch in batches)
        {
            Assert.True(reader.Read(KeyOf(batch), pass, read, RoutingColumns.RoutingWeights));
            SameBatch.Assert(batch, read, RoutingColumns.RoutingWeights);
        }
    }

    [Fact]
    public void Records_OfEveryKind_AreReadBack()
    {
        var key = new BatchKey(3, 1, 2, 0);
        var routers = RandomTraces.Routers(new Random(1));
        var interventions = new TraceIntervention(1, "* : mask 3", null, false, null);
        using var reader = TraceReader.Open(_folder.Write(routers, [], null, writer =>
        {
            writer.Add(new TraceSequence(0, null, null, []));
            writer.Add(new TraceToken(0, 3, 7, 42, " x", -0.5, "{\"a\":1}"));
            writer.Add(new TraceToken(0, 4, 8, 43, null, double.NegativeInfinity, null));
            writer.Add(new TraceStop(key, 5, "breakpoint", "load(7) > 3 - was 3.4"));
            writer.Add(interventions);
            writer.Add(interventions with { Removed = (key, 2), From = (key, 1), Once = true });
            writer.Add(new TraceAnomaly(key, null, "nan_logits", "error", "NaN"));
            writer.Add(new TraceDrop(1, 2, 30, "queue"));
            writer.Add(new TraceChecksum(3, 0, "abc"));
        }));
        Assert.Equivalent(new TraceSequence(0, null, null, []), Assert.Single(reader.Sequences()));
        Assert.Equal([new TraceToken(0, 3, 7, 42, " x", -0.5, "{\"a\":1}"), new TraceToken(0, 4, 8, 43, null, double.NegativeInfinity, null)], reader.Tokens());
        Assert.Equal(4, Assert.Single(reader.Tokens(4)).Step);
        Assert.Equal(new TraceStop(key, 5, "breakpoint", "load(7) > 3 - was 3.4"), Assert.Single(reader.Stops()));
        Assert.Equal(interventions with { Removed = (key, 2), From = (key, 1), Once = true }, Assert.Single(reader.Interventions()));
        Assert.Equal(new TraceAnomaly(key, null, "nan_logits", "error", "NaN"), Assert.Single(reader.Anomalies()));
        Assert.Equal(new TraceDrop(1, 2, 30, "queue"), Assert.Single(reader.Drops()));
        Assert.Equal(new TraceChecksum(3, 0, "abc"), Assert.Single(reader.Checksums()));
        Assert.Equal(TraceFolder.Info.Created, reader.Info.Created);
        Assert.True(reader.IsClosed);
        Assert.Null(reader.First());
        Assert.Null(reader.TextOf(1));
    }

    [Fact]
    public void Flush_MakesWhatWasAddedVisibleToAReader()
    {
        var random = new Random(8);
        var routers = RandomTraces.Routers(random);
        using var writer = TraceWriter.Create(_folder.File, TraceFolder.Info, routers, new TraceOptions());
        using var reader = TraceReader.Open(_folder.File);
        Assert.Null(reader.First());
        Assert.False(reader.IsClosed);
        var (pass, read) = (new RoutingPass(), new RoutingBatch());
        foreach (var batch in RandomTraces.Run(random, routers, 10))
        {
            writer.Add(batch);
            writer.Flush();
            Assert.True(reader.Read(KeyOf(batch), pass, read));
            SameBatch.Assert(batch, read, rows: false);
        }
    }

    [Fact]
    public void Add_OfManyBatches_AllocatesNothingForItsCaller()
    {
        const int Rounds = 40, Adds = 100;
        var router = MoeDevtools.Tests.Routing.Batches.Router(8, 2);
        var batch = MoeDevtools.Tests.Routing.Batches.Chosen(router, 1, [3, 7], [6, 0]);
        using var writer = TraceWriter.Create(_folder.File, TraceFolder.Info, [router], new TraceOptions());
        var allocated = new long[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Adds; i++)
            {
                batch.Pass.Step++;
                writer.Add(batch);
            }
            allocated[round] = GC.GetAllocatedBytesForCurrentThread() - before;
            writer.Flush();
        }
        Array.Sort(allocated);
        Assert.Equal(0, allocated[Rounds / 2]);                                           // most rounds: the first of them warms up, and a lock that is waited for makes its event
    }

    [Fact]
    public void Batches_OfSeveralThreads_AreAllKept()
    {
        const int Threads = 4, Steps = 200;
        var router = MoeDevtools.Tests.Routing.Batches.Router(8, 2);
        using (var writer = TraceWriter.Create(_folder.File, TraceFolder.Info, [router], new TraceOptions()))
        {
            Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, rank =>
            {
                for (var step = 1; step <= Steps; step++)
                {
                    var batch = MoeDevtools.Tests.Routing.Batches.Chosen(router, step, [rank, 7], [6, rank]);
                    (batch.Pass.Rank, batch.Pass.Rows.Label[0]) = (rank, $"rank {rank}");
                    writer.Add(batch);
                }
            });
        }
        using var reader = TraceReader.Open(_folder.File);
        var (pass, read) = (new RoutingPass(), new RoutingBatch());
        for (var step = 1; step <= Steps; step++)
            for (var rank = 0; rank < Threads; rank++)
            {
                Assert.True(reader.Read(new BatchKey(step, 0, rank, 0), pass, read));
                Assert.Equal([rank, 7, 6, rank], read.SelectedExperts);
                Assert.Equal($"rank {rank}", pass.Rows.Label[0]);
            }
        Assert.All(reader.Loads(0, 1, Steps), loads => Assert.Equal((2 * Threads, Threads), (loads.Tokens, loads.Counts[7])));
        Assert.Equal(Steps, reader.Loads(0, 1, Steps).Count());
    }

    [Fact]
    public void SecondBatchOfTheSameRouterAndPass_IsCountedAndNotKept()
    {
        var router = MoeDevtools.Tests.Routing.Batches.Router(8, 2);
        var first = MoeDevtools.Tests.Routing.Batches.Chosen(router, 1, [0, 1]);
        using var reader = TraceReader.Open(_folder.Write([router], [first, MoeDevtools.Tests.Routing.Batches.Chosen(router, 1, [2, 3])]));
        Assert.Equal(new TraceDrop(1, 1, 1, "duplicate"), Assert.Single(reader.Drops()));
        var read = new RoutingBatch();
        Assert.True(reader.Read(new BatchKey(1, 0, 0, 0), new RoutingPass(), read));
        Assert.Equal([0, 1], read.SelectedExperts);
        Assert.Equal(1, Assert.Single(reader.Loads(0, 0, 9)).Tokens);
    }

    [Fact]
    public void RoutersThatAreNotAskedFor_AreLeftOut()
    {
        var routers = new[] { MoeDevtools.Tests.Routing.Batches.Router(8, 2), MoeDevtools.Tests.Routing.Batches.Router(8, 2, 1) };
        var options = new TraceOptions { Routers = ["model.layers.1.*"], Columns = RoutingColumns.RouterLogits };
        using (var writer = TraceWriter.Create(_folder.File, TraceFolder.Info, routers, options))
        {
            Assert.Equal(RoutingColumns.None, writer.Wanted(routers[0]));
            Assert.Equal(RoutingColumns.RouterLogits | RoutingColumns.SelectedExperts, writer.Wanted(routers[1]));
            foreach (var router in routers) writer.Add(MoeDevtools.Tests.Routing.Batches.Chosen(router, 1, [0, 1]));
        }
        using var reader = TraceReader.Open(_folder.File);
        Assert.Equal([new BatchKey(1, 0, 0, 1)], Walk(reader.First(), k => reader.Next(k)));
        Assert.Null(reader.Next(new BatchKey(0, 0, 0, 0), 0));
        Assert.Equal(RoutingColumns.RouterLogits, reader.RecordedColumns(1));
        Assert.Equal(2, Assert.Single(reader.Loads(1, 0, 9)).Counts.Sum());
    }

    internal static BatchKey KeyOf(RoutingBatch batch) => new(batch.Pass.Step, batch.Pass.Pass, batch.Pass.Rank, batch.Router.Index);

    internal static List<BatchKey> Walk(BatchKey? from, Func<BatchKey, BatchKey?> next)
    {
        var keys = new List<BatchKey>();
        for (; from is { } key; from = next(key)) keys.Add(key);
        return keys;
    }

    private static void AssertLoads(TraceReader reader, IReadOnlyList<RouterInfo> routers, List<RoutingBatch> batches)
    {
        foreach (var router in routers)
        {
            var expected = batches.Where(b => b.Router.Index == router.Index && b.Has(RoutingColumns.SelectedExperts) && b.Pass.Phase != Phase.Recompute)
                .GroupBy(b => b.Pass.Step).OrderBy(g => g.Key).Select(g => (g.Key, Rows(g).Count(), Sum(router, Rows(g)))).ToList();
            var actual = reader.Loads(router.Index, long.MinValue, long.MaxValue).Select(l => (l.Step, (int)l.Tokens, string.Join(' ', l.Counts) + $" {l.EmptySlots}")).ToList();
            Assert.Equal(expected, actual);
        }

        static IEnumerable<int[]> Rows(IEnumerable<RoutingBatch> batches) => batches.SelectMany(b => Enumerable.Range(0, b.Tokens).Where(b.IsToken).Select(r => b.ExpertsOf(r).ToArray()));
        static string Sum(RouterInfo router, IEnumerable<int[]> rows)
        {
            var all = rows.SelectMany(r => r).ToList();
            return string.Join(' ', Enumerable.Range(0, router.Experts).Select(e => all.Count(x => x == e))) + $" {all.Count(x => x < 0)}";
        }
    }
}
