using System.Diagnostics;
using System.Globalization;
using MoeDevtools.Breakpoints;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

// What a condition costs on each decision, through BreakpointManager.FindHits, beside the same test written by hand.
// dotnet run -c Release --project bench/conditions [-- --json]
const int Tokens = 4096, Experts = 64, K = 8;
var json = args.Contains("--json");
var router = new RouterInfo { Id = new RouterId("decoder", 0, 0), Name = "gate", Rule = new RouterRule { Experts = Experts, K = K }, Index = 0 };
var batch = Batch();
Report("selected(3)", 10, () => { var n = 0; for (var row = 0; row < Tokens; row++) if (Selects(row, 3)) n++; return n; });
Report("entropy < 0.5 && selected(3)", 25, () =>
{
    var n = 0;
    for (var row = 0; row < Tokens; row++)
        if (Entropy.Normalised(batch.ScoresOf(row)) < 0.5 && Selects(row, 3)) n++;
    return n;
});

bool Selects(int row, int expert)
{
    foreach (var e in batch.ExpertsOf(row))
        if (e == expert) return true;
    return false;
}

RoutingBatch Batch()
{
    var random = new Random(1);
    var pass = new RoutingPass { Step = 1 };
    pass.Rows.Reset(Tokens);
    var made = new RoutingBatch();
    made.Reset(router, pass, K, RoutingColumns.All);
    for (var row = 0; row < Tokens; row++)
    {
        foreach (ref var z in made.LogitsOf(row)) z = (float)((random.NextDouble() - 0.5) * 8);
        RouterRules.Route(router.Rule, made.LogitsOf(row), made.ScoresOf(row), made.SelectionOf(row), made.ExpertsOf(row), made.WeightsOf(row));
    }
    return made;
}

void Report(string condition, double aim, Func<int> byHand)
{
    // A hit count that is never reached: every row is evaluated and none stops.
    var manager = new BreakpointManager([router]);
    var breakpoint = manager.Add(new BreakpointSpec { Routers = "*", Condition = condition, Hits = ">1000000000000" });
    var hits = new List<Hit>();
    var compiled = Best(() => manager.FindHits(batch, null, 0, hits, _ => { }));
    var hand = Best(byHand);
    var expected = byHand() * (breakpoint.Reached / Tokens);
    if (breakpoint.True != expected) throw new InvalidOperationException($"{condition}: {breakpoint.True} true, by hand {expected}");
    var line = json
        ? string.Create(CultureInfo.InvariantCulture, $$"""{"name":"{{condition}}","value":{{compiled:0.00}},"unit":"ns/decision","against":"hand-written loop","against_value":{{hand:0.00}},"ratio":{{compiled / hand:0.00}},"aim":{{aim}}}""")
        : string.Create(CultureInfo.InvariantCulture, $"{condition,-30} {compiled,7:0.0} ns/decision   by hand {hand,7:0.0}   ratio {compiled / hand:0.00}   aim <= {aim:0}");
    Console.WriteLine(line);
}

// Nanoseconds a decision: the best of many short rounds, so that other work on the machine counts little. The first second is for the
// runtime, which compiles what is hot once more in the background.
static double Best(Func<int> run)
{
    for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalSeconds < 1;) run();
    var best = double.MaxValue;
    for (var i = 0; i < 300; i++)
    {
        var start = Stopwatch.GetTimestamp();
        run();
        best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / Tokens);
    }
    return best;
}
