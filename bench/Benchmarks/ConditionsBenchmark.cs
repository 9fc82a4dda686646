using System.Diagnostics;
using MoeDevtools.Bench.Measuring;
using MoeDevtools.Breakpoints;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>
/// What a condition costs on each decision, through <see cref="BreakpointManager.FindHits"/>, beside the same test written by hand.
/// </summary>
internal static class ConditionsBenchmark
{
    private const int Tokens = 4096, Experts = 64, K = 8;
    private const int RoundCount = 300;
    private static readonly RouterInfo Router =
        new() { Id = new RouterId("decoder", 0, 0), Name = "gate", Rule = new RouterRule { Experts = Experts, K = K }, Index = 0 };

    public static void Run(BenchContext context)
    {
        var batch = Batch();
        Measure(context, batch, "selected(3)", "<= 10", () =>
        {
            var count = 0;
            for (var row = 0; row < Tokens; row++)
                if (Selects(batch, row, 3)) count++;
            return count;
        });
        Measure(context, batch, "entropy < 0.5 && selected(3)", "<= 25", () =>
        {
            var count = 0;
            for (var row = 0; row < Tokens; row++)
                if (Entropy.Normalised(batch.ScoresOf(row)) < 0.5 && Selects(batch, row, 3)) count++;
            return count;
        });
    }

    private static bool Selects(RoutingBatch batch, int row, int expert)
    {
        foreach (var e in batch.ExpertsOf(row))
            if (e == expert) return true;
        return false;
    }

    private static RoutingBatch Batch()
    {
        var random = new Random(1);
        var pass = new RoutingPass { Step = 1 };
        pass.Rows.Reset(Tokens);
        var made = new RoutingBatch();
        made.Reset(Router, pass, K, RoutingColumns.All);
        for (var row = 0; row < Tokens; row++)
        {
            foreach (ref var z in made.LogitsOf(row)) z = (float)((random.NextDouble() - 0.5) * 8);
            RouterRules.Route(
                Router.Rule, made.LogitsOf(row), made.ScoresOf(row), made.SelectionOf(row), made.ExpertsOf(row), made.WeightsOf(row));
        }
        return made;
    }

    private static void Measure(BenchContext context, RoutingBatch batch, string condition, string aim, Func<int> byHand)
    {
        // A hit count that is never reached: every row is evaluated and none stops.
        var manager = new BreakpointManager([Router]);
        var breakpoint = manager.Add(new BreakpointSpec { Routers = "*", Condition = condition, Hits = ">1000000000000" });
        var hits = new List<Hit>();
        var series = Rounds.Interleave(
            RoundCount, context.Cancelled,
            () => Nanoseconds(() => manager.FindHits(batch, null, 0, hits, _ => { })),
            () => Nanoseconds(() => byHand()));
        var expected = byHand() * (breakpoint.Reached / Tokens);
        if (breakpoint.True != expected) throw new InvalidOperationException($"{condition}: {breakpoint.True} true, by hand {expected}");
        context.Report.Write(new Figure
        {
            Name = condition,
            Value = series[0],
            Unit = "ns/row",
            Against = "the same written by hand",
            AgainstValue = series[1],
            Aim = aim,
        });
    }

    /// <summary>A decision, that is a row.</summary>
    private static double Nanoseconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Tokens;
    }
}
