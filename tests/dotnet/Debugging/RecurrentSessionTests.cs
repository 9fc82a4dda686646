using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Debugging;

/// <summary>A model whose layers are one block each, most of them without a router, and whose state cannot be cut: steps, changes and restarts are as in any other.</summary>
public sealed class RecurrentSessionTests : IDisposable
{
    private static readonly InterventionParser Parser = new((_, _) => throw new InvalidOperationException());
    private readonly ModelSession _model = ModelSession.Open(Path.Combine(Repository.Root, "tests/fixtures/checkpoints/nemotron_h"));
    private readonly WaitingClient _client = new();
    private readonly DebugSession _session;

    public RecurrentSessionTests() => _session = new DebugSession(_model, _client, new DebugOptions { Interactive = true, HoldAtEnd = true });

    private static RunRequest Request => new() { Sequences = [new SequenceInput([7, 19, 3, 250, 88, 19, 4])], MaxNewTokens = 12, IgnoreEos = true };

    public void Dispose()
    {
        _session.Dispose();
        _model.Dispose();
    }

    [Fact]
    public void Over_LeadsFromRouterToRouter_AcrossLayersWithoutOne()
    {
        Break("L1 if step == 3");
        _session.Start(Request);
        Assert.Equal(1, _client.NextStop().Router.Id.Layer);

        Assert.Equal((3, 3L), (Move(StepKind.Over).Router.Id.Layer, _session.Stopped!.Cursor.Step));
        Assert.Equal((1, 4L), (Move(StepKind.Over).Router.Id.Layer, _session.Stopped!.Cursor.Step));
    }

    [Fact]
    public void AChange_HoldsAfterARestart_AndItsRemovalGivesTheModelsOwnRunBack()
    {
        Break("L3 if step == 11");
        _session.Start(Request);
        var own = RunToTheStop();

        var change = _session.Intervene(Parser.ParseSet("L1: k 1"));
        _session.Restart();
        var changed = RunToTheStop();
        _session.Restart();
        Assert.Equal(changed, RunToTheStop());
        Assert.NotEqual(own, changed);

        _session.RemoveIntervention(change.Id);
        _session.Restart();
        Assert.Equal(own, RunToTheStop());
    }

    private void Break(string text) => Assert.True(_session.Breakpoints.Add(BreakpointSpec.Parse(text)).Verified);

    private Stop Move(StepKind kind)
    {
        _session.Resume(kind);
        return _client.NextStop();
    }

    /// <summary>Ids and probabilities of what is generated before it.</summary>
    private (int, double)[] RunToTheStop()
    {
        Assert.Equal(11, _client.NextStop().Cursor.Step);
        var tokens = _client.Tokens.Select(t => (t.Id, (double)t.LogProbability)).ToArray();
        _client.Tokens.Clear();
        return tokens;
    }
}
