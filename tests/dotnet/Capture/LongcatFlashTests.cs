using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Models;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Tests.Debugging;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Capture;

/// <summary>A model whose layers have two attentions and whose routers may send a token to experts 8 to 11, which give it back.</summary>
public sealed class LongcatFlashTests
{
    private const int Length = 50;

    private static readonly string Folder = Path.Combine(Repository.Root, "tests/fixtures/checkpoints/longcat_flash");
    private static readonly int[] Ids = [.. Enumerable.Range(0, Length).Select(i => 3 + (i * i * 7 + 5 * i) % 310)];

    [Theory]
    [InlineData("simd")]
    [InlineData("reference")]
    public void RandomSplitsAndRewinds_GiveTheLogitsOfOnePass(string backend)
    {
        using var session = ModelSession.Open(Folder, backend);
        var expected = Logits(session.Model, [Length]);
        var random = new Random(11);
        for (var trial = 0; trial < 5; trial++)
        {
            var cuts = new List<int>();
            while (cuts.Sum() < Length) cuts.Add(Math.Min(Length - cuts.Sum(), trial == 0 ? 1 : random.Next(1, 20)));
            Assert.Equal(expected, Logits(session.Model, cuts));
        }
        using var state = session.Model.CreateState(Length);
        Run(session.Model, state, Length);
        Assert.Equal(17, state.Rewind(17));
        Assert.Equal(expected, Run(session.Model, state, Length - 17));
    }

    [Fact]
    public void Model_CountsStateAndParametersOfBothHalves()
    {
        using var session = ModelSession.Open(Folder);
        var model = session.Model;
        Assert.Equal((2 * 2 * 4 * (16 + 8 + 16), 0), (model.StateColumns, model.FixedState));
        const int Expert = 3 * 24 * 64;
        Assert.Equal((2 * 5 * Expert, 2 * 3 * Expert), (model.IdleParameters, model.SavedParameters));
        Assert.Equal(16, model.UnusedTensors.Count);
        Assert.All(model.Routers, r => Assert.Equal((12, 8), (r.Experts, r.Rule.RealExperts)));
        var layer = model.DescribeLayers().First().Describe();
        Assert.StartsWith("two attentions, each MLA 4 heads of 16+8", layer, StringComparison.Ordinal);
        Assert.Contains("; two dense MLPs of 64, beside them, from the first to the end: 8 experts of 24, ", layer, StringComparison.Ordinal);
        Assert.Contains("E8 to E11 are zero experts (identity)", layer, StringComparison.Ordinal);
    }

    [Fact]
    public void Session_StopsAtIdentities_TakesThemOut_AndCountsThemApart()
    {
        using var model = ModelSession.Open(Folder);
        var client = new WaitingClient();
        using var session = new DebugSession(model, client, new DebugOptions { Interactive = true });
        session.Intervene(new InterventionSet("L1", null, [new Intervention { Kind = InterventionKind.Mask, Experts = [8, 9, 10, 11] }]));
        session.Breakpoints.Add(BreakpointSpec.Parse("* if any(selected(9)) && identityShare > 0 once"));
        session.Start(new RunRequest { Sequences = [new SequenceInput(Ids)], MaxNewTokens = 2, IgnoreEos = true });
        var stop = client.NextStop();
        Assert.Equal(0, stop.Router.Index);
        Assert.Contains(9, stop.Batch.ExpertsOf(stop.Row).ToArray());
        session.Resume();
        Assert.Null(client.End());
        var (first, second) = (session.Totals[0], session.Totals[1]);
        Assert.Equal(0, second.IdentityAssignments);
        Assert.True(first.IdentityAssignments > 0);
        Assert.Equal(3 * first.Tokens, first.Assignments + first.IdentityAssignments);
        Assert.Equal(8, Enumerable.Range(0, 8).Sum(first.Load), 1e-9);
        Assert.True(double.IsNaN(first.Load(8)));
    }

    private static float[] Logits(Decoder model, IEnumerable<int> cuts)
    {
        using var state = model.CreateState(Length);
        float[] last = [];
        foreach (var count in cuts) last = Run(model, state, count);
        return last;
    }

    /// <summary>The logits after the next tokens.</summary>
    private static float[] Run(Decoder model, SequenceState state, int count)
    {
        var pass = new RoutingPass { Step = 1 };
        pass.Rows.Reset(count);
        using var last = model.Forward(Ids.AsSpan(state.Length, count), state, pass, null);
        var logits = new float[model.VocabularySize];
        model.Backend.Read(last, 0, logits);
        return logits;
    }
}
