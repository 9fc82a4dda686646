using MoeDevtools.Analysis.Metrics;
using MoeDevtools.Capture;
using MoeDevtools.Debugging.Views;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Comparison;

/// <summary>
/// Compares traces, or a trace and a checkpoint over its tokens, row by row: routers are aligned by identity, rows by sequence and position (of training runs by step too). Both
/// are read as they go; how a run was cut into passes does not matter.
/// </summary>
public sealed class TraceComparison
{
    private readonly IComparedRun _a;
    private readonly IComparedRun _b;
    private readonly Action<long>? _seen;
    private readonly RouterPairs _pairs;
    private readonly bool _bySteps;
    private readonly RoutingAgreement _agreement;
    private readonly HashSet<int> _ended = [];    // sequences whose generated texts differ from here on
    private Divergence? _first;
    private long _onlyA;
    private long _onlyB;
    private long _after;

    private TraceComparison(IComparedRun a, IComparedRun b, Action<long>? seen)
    {
        (_a, _b, _seen) = (a, b, seen);
        if (a.ModelType is { } of && b.ModelType is { } other && of != other)
            throw new UserError("MOE4022", $"{a.Name} is of {of}, {b.Name} of {other}: the architectures do not fit.", $"Compare runs of the same architecture.");
        _pairs = RouterPairs.Of(a.Name, a.Routers, b.Name, b.Routers, partial: true);
        _bySteps = a.IsTraining && b.IsTraining;
        _agreement = new RoutingAgreement(_pairs.Pairs.Count);
    }

    /// <exception cref="UserError">Architectures or tokens do not fit, or there is nothing to compare.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static RoutingDiff Compare(TraceReader a, TraceReader b, CancellationToken cancelled) => Compare(new TraceRun(a), new TraceRun(b), null, cancelled);

    /// <inheritdoc cref="Compare(TraceReader, TraceReader, CancellationToken)"/>
    public static RoutingDiff Compare(TraceReader a, TraceReader b, ProgressReport progress, CancellationToken cancelled)
    {
        var extent = a.Extent();
        return Compare(new TraceRun(a), new TraceRun(b), step => progress((double)(step - extent.FirstStep) / (extent.LastStep - extent.FirstStep + 1)), cancelled);
    }

    /// <summary>Compares a trace with a checkpoint, which prefills what the trace decoded.</summary>
    /// <param name="tokens">Of the trace: <see cref="TraceTokens"/>.</param>
    /// <param name="modelIsA">Which of the two is A.</param>
    /// <param name="done">Called with how many sequences have run; null = nobody asks.</param>
    /// <exception cref="UserError">As between traces, or the checkpoint cannot run the tokens.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static RoutingDiff Compare(
        TraceReader trace, ModelSession model, IReadOnlyList<(int Sequence, SequenceInput Input)> tokens, bool modelIsA, Action<int>? done, CancellationToken cancelled)
    {
        var (recorded, runs) = (new TraceRun(trace), new ModelRun(model, tokens, done));
        return modelIsA ? Compare(runs, recorded, null, cancelled) : Compare(recorded, runs, null, cancelled);
    }

    /// <param name="seen">Takes the step at which A stands; null = nobody asks.</param>
    private static RoutingDiff Compare(IComparedRun a, IComparedRun b, Action<long>? seen, CancellationToken cancelled)
    {
        var comparison = new TraceComparison(a, b, seen);
        // Rows of an encoder and of its decoder have positions of their own.
        foreach (var stack in Enumerable.Range(0, comparison._pairs.Pairs.Count).GroupBy(i => comparison._pairs.Pairs[i].A.Id.Stack)) comparison.Compare([.. stack], cancelled);
        if (comparison._agreement.Tokens == 0)
            throw new UserError("MOE4023", $"{a.Name} and {b.Name} have no token in common: {comparison._onlyA} and {comparison._onlyB} tokens stand at other sequences and positions.", $"Record both over the same prompts; traces of loads alone have no tokens.");
        return new RoutingDiff
        {
            Routers = [.. comparison._pairs.Pairs.Select(p => p.A)], Agreement = comparison._agreement, First = comparison._first, OnlyInA = comparison._onlyA,
            OnlyInB = comparison._onlyB, AfterDivergence = comparison._after, NotCompared = comparison._pairs.Rest,
        };
    }

    private void Compare(int[] routers, CancellationToken cancelled)
    {
        using var a = _a.Rows([.. routers.Select(r => _pairs.Pairs[r].A.Index)], _bySteps, cancelled);
        using var b = _b.Rows([.. routers.Select(r => _pairs.Pairs[r].B.Index)], _bySteps, cancelled);
        var (inA, inB) = (a.Next(), b.Next());
        while (inA && inB)
        {
            if (a.At is { } at) _seen?.Invoke(at.Step);
            var order = a.Place.CompareTo(b.Place);
            if (order < 0) _onlyA++;
            else if (order > 0) _onlyB++;
            else Token(routers, a, b);
            if (order <= 0) inA = a.Next();
            if (order >= 0) inB = b.Next();
        }
        for (; inA; inA = a.Next()) _onlyA++;
        for (; inB; inB = b.Next()) _onlyB++;
    }

    private void Token(int[] routers, IRowCursor a, IRowCursor b)
    {
        var (_, sequence, position) = a.Place;
        if (a.TokenId >= 0 && b.TokenId >= 0 && a.TokenId != b.TokenId && !_ended.Contains(sequence))
        {
            if (a.Phase != Phase.Decode || b.Phase != Phase.Decode)
                throw new UserError("MOE4024", $"at sequence {sequence}, position {position} the token is {a.TokenId} in {_a.Name} and {b.TokenId} in {_b.Name}: the tokens do not fit.", $"Record both over the same prompts, with the same tokenizer.");
            _ended.Add(sequence);
        }
        if (_ended.Contains(sequence))
        {
            _after++;
            return;
        }
        for (var i = 0; i < routers.Length; i++)
        {
            if (!a.TryExperts(i, out var inA) || !b.TryExperts(i, out var inB)) continue;
            if (!_agreement.Add(routers[i], inA, inB) || _first is not null) continue;
            var id = a.TokenId >= 0 ? a.TokenId : b.TokenId;
            _first = new Divergence(
                _pairs.Pairs[routers[i]].A, a.At, sequence, position, id, a.Text ?? b.Text ?? (id < 0 ? null : _a.TextOf(id) ?? _b.TextOf(id)), inA.ToArray(), inB.ToArray(),
                a.Margin(i), b.Margin(i));
        }
        _agreement.EndToken();
    }
}
