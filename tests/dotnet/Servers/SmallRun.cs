using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Routing.Rules;
using MoeDevtools.Traces;
using Batches = MoeDevtools.Tests.Routing.Batches;

namespace MoeDevtools.Tests.Servers;

/// <summary>A recording that is the same every time: two routers of four experts, a prompt of four rows (one of them padding) and three decoded
/// tokens, of which one is changed and the last has a logit that is not a number.</summary>
internal static class SmallRun
{
    private static readonly string[] Texts = ["Anna", " was", " hungry", ",", " so", " she", " ate"];

    public static IReadOnlyList<RouterInfo> Routers { get; } = [Batches.Router(4, 2, 0), Batches.Router(4, 2, 1)];

    /// <param name="masked">The expert that the changed decision may not choose.</param>
    /// <param name="steps">After the fourth two tokens take turns.</param>
    public static void Write(string path, int masked = 0, int steps = 4)
    {
        var info = new TraceInfo
        {
            Writer = "tests", Kind = TraceKind.Checkpoint, Created = new DateTimeOffset(2026, 11, 26, 8, 0, 0, TimeSpan.Zero), Source = "/models/small", ModelType = "small",
        };
        using var writer = TraceWriter.Create(path, info, Routers, new TraceOptions());
        writer.Add(new TraceSequence(0, "first", "english", [10, 11, 12]));
        foreach (var batch in Run(masked, steps)) writer.Add(batch);
        writer.Add(new TraceToken(0, 1, 3, 14, " so", -0.5, null));
        writer.Add(new TraceToken(0, 2, 4, 15, " she", -0.25, null));
        writer.Add(new TraceStop(new BatchKey(2, 0, 0, 1), 0, "breakpoint", "entropy < 0.9 (was 0.8)"));
        writer.Add(new TraceIntervention(1, "*.1.*: mask 0", (new BatchKey(2, 0, 0, 1), 0), true, null));
        writer.Add(new TraceDrop(0, 0, 6, "size"));
        writer.Close();
    }

    public static IEnumerable<RoutingBatch> Run(int masked, int steps)
    {
        for (var step = 1; step <= steps; step++)
        {
            var pass = new RoutingPass { Step = step, Phase = step == 1 ? Phase.Prefill : Phase.Decode };
            pass.Rows.Reset(step == 1 ? 4 : 1);
            for (var row = 0; row < pass.Rows.Count; row++)
            {
                var position = step == 1 ? row : step + 1;
                pass.Rows.Sequence[row] = 0;
                pass.Rows.Position[row] = position;
                pass.Rows.Padding[row] = step == 1 && row == 3;
                if (pass.Rows.Padding[row]) continue;
                pass.Rows.TokenId[row] = step > 4 ? 14 + step % 2 : 10 + position + (step > 1 ? 1 : 0);
                pass.Rows.Text[row] = Texts[pass.Rows.TokenId[row] - 10];
                pass.Rows.Label[row] = "english";
            }
            foreach (var router in Routers) yield return Batch(router, pass, masked);
        }
    }

    /// <summary>Logits are fractions of eight, so that their sums are exact; expert 3 is chosen by nobody.</summary>
    private static RoutingBatch Batch(RouterInfo router, RoutingPass pass, int masked)
    {
        var batch = new RoutingBatch();
        batch.Reset(router, pass, 2, RoutingColumns.All);
        for (var row = 0; row < batch.Tokens; row++)
        {
            if (pass.Step == 4) batch.LogitsOf(row).Fill(float.NaN);
            else for (var e = 0; e < 4; e++) batch.LogitsOf(row)[e] = e == 3 ? -2 : ((pass.Rows.Position[row] + router.Index + 3 * e) % 5 - 2) / 8f * (1 + e);
            RouterRules.Route(router.Rule, batch.LogitsOf(row), batch.ScoresOf(row), batch.SelectionOf(row), batch.ExpertsOf(row), batch.WeightsOf(row));
        }
        if ((pass.Step, router.Index) == (2, 1)) new Rerouter().Apply(batch, 0, [new Intervention { Kind = InterventionKind.Mask, Experts = [masked] }]);
        return batch;
    }
}
