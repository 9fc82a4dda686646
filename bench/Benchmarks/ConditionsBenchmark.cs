using System.Diagnostics;
using System.Globalization;
using MoeDevtools.Bench.Measuring;
using MoeDevtools.Breakpoints;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>
/// What a condition costs on each decision, through <see cref="BreakpointManager.FindHits"/>, beside the same test written by hand: on rows
/// where it is seldom true and on rows where it mostly is.
/// </summary>
internal static class ConditionsBenchmark
{
    private const int BatchCount = 4, Tokens = 4096, Rows = BatchCount * Tokens;
    private const int Experts = 64, K = 8, Expert = 3;
    private const double Bound = 0.5;
    private const int TimeRounds = 300;
    private const int AllocationRounds = 3;
    private static readonly double[] Shares = [0.01, 0.99];
    private static readonly RouterInfo Router =
        new() { Id = new RouterId("decoder", 0, 0), Name = "gate", Rule = new RouterRule { Experts = Experts, K = K }, Index = 0 };

    public static void Run(BenchContext context)
    {
        foreach (var share in Shares)
            Measure(context, Batches(share, 0.5), "selected(3)", share, "<= 10", Selects);
        foreach (var share in Shares)
        {
            // Both sides true equally often, each regardless of the other: some rows fail on one, some on the other.
            var side = Math.Sqrt(share);
            Measure(context, Batches(side, side), "entropy < 0.5 && selected(3)", share, "<= 25", IsLowAndSelects);
        }
    }

    private static void Measure(BenchContext context, RoutingBatch[] batches, string condition, double share, string aim, Func<RoutingBatch, int> byHand)
    {
        // A hit count that is never reached: every row is evaluated, those where the condition is true are counted, and none stops.
        var manager = new BreakpointManager([Router]);
        var breakpoint = manager.Add(new BreakpointSpec { Routers = "*", Condition = condition, Hits = ">1000000000000" });
        var hits = new List<Hit>();
        void Find()
        {
            foreach (var batch in batches) manager.FindHits(batch, null, 0, hits, _ => { });
        }
        void Count()
        {
            foreach (var batch in batches) byHand(batch);
        }
        void Write(string name, string unit, string wanted, Series[] series) => context.Report.Write(new Figure
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"{name}, {100 * share:0} % true"),
            Value = series[0],
            Unit = unit,
            Against = "the same written by hand",
            AgainstValue = series[1],
            Aim = wanted,
        });
        Write(condition, "ns/row", aim, Rounds.Interleave(TimeRounds, context.Cancelled, () => Nanoseconds(Find), () => Nanoseconds(Count)));
        Write($"allocated, {condition}", "B/row", "<= 0", Rounds.Interleave(AllocationRounds, context.Cancelled, () => Allocated(Find), () => Allocated(Count)));

        var expected = batches.Sum(byHand);
        if (breakpoint.True * Rows != expected * breakpoint.Reached || Math.Abs(expected - share * Rows) > BatchCount || breakpoint.Errored > 0)
            throw new InvalidOperationException($"{condition}: {breakpoint.Explain()}; by hand {expected} of {Rows}");
    }

    /// <summary>Rows of which <paramref name="expert"/> select the expert and <paramref name="low"/> have an entropy below the bound, 0 to 1, in random order.</summary>
    private static RoutingBatch[] Batches(double expert, double low)
    {
        var random = new Random(1);
        var both = (int)Math.Round(Tokens * expert * low);
        var rows = new (bool IsLow, bool Selects)[Tokens];
        rows.AsSpan(0, (int)Math.Round(Tokens * low)).Fill((true, false));
        foreach (ref var row in rows.AsSpan(0, both)) row.Selects = true;
        foreach (ref var row in rows.AsSpan(Tokens - ((int)Math.Round(Tokens * expert) - both))) row.Selects = true;
        return [.. Enumerable.Range(0, BatchCount).Select(_ =>
        {
            random.Shuffle(rows);
            return Batch(random, rows);
        })];
    }

    private static RoutingBatch Batch(Random random, (bool IsLow, bool Selects)[] rows)
    {
        var pass = new RoutingPass { Step = 1 };
        pass.Rows.Reset(Tokens);
        var made = new RoutingBatch();
        made.Reset(Router, pass, K, RoutingColumns.All);
        var experts = new int[Experts];
        for (var row = 0; row < Tokens; row++)
        {
            var logits = made.LogitsOf(row);
            var scores = made.ScoresOf(row);
            do
            {
                var width = random.NextDouble() * 40;
                foreach (ref var z in logits) z = (float)((random.NextDouble() - 0.5) * width);
                Formulas.Softmax(logits, scores);
            }
            while (Formulas.NormalisedEntropy(scores) < Bound != rows[row].IsLow);
            Formulas.TopK(logits, experts);
            var other = experts[rows[row].Selects ? random.Next(K) : random.Next(K, Experts)];
            (logits[Expert], logits[other]) = (logits[other], logits[Expert]);
            RouterRules.Route(Router.Rule, logits, scores, made.SelectionOf(row), made.ExpertsOf(row), made.WeightsOf(row));
        }
        return made;
    }

    private static int Selects(RoutingBatch batch)
    {
        var count = 0;
        for (var row = 0; row < Tokens; row++)
            if (Selects(batch, row)) count++;
        return count;
    }

    private static int IsLowAndSelects(RoutingBatch batch)
    {
        var count = 0;
        for (var row = 0; row < Tokens; row++)
            if (Entropy.Normalised(batch.ScoresOf(row)) < Bound && Selects(batch, row)) count++;
        return count;
    }

    private static bool Selects(RoutingBatch batch, int row)
    {
        foreach (var e in batch.ExpertsOf(row))
            if (e == Expert) return true;
        return false;
    }

    /// <summary>A decision, that is a row.</summary>
    private static double Nanoseconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Rows;
    }

    private static double Allocated(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / Rows;
    }
}
