using MoeDevtools.Analysis.Metrics;
using MoeDevtools.Messages;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Comparison;

/// <summary>
/// Compares two traces row by row: routers are aligned by identity, rows by sequence and position (of training runs by step too). Both are read pass by pass; how a run
/// was cut into passes does not matter.
/// </summary>
public sealed class TraceComparison
{
    private readonly TraceReader _a;
    private readonly TraceReader _b;
    private readonly RouterPairs _pairs;
    private readonly bool _bySteps;
    private readonly RoutingAgreement _agreement;
    private readonly HashSet<int> _ended = [];    // sequences whose generated texts differ from here on
    private Divergence? _first;
    private long _onlyA;
    private long _onlyB;
    private long _after;

    private TraceComparison(TraceReader a, TraceReader b)
    {
        (_a, _b) = (a, b);
        if (a.Info.Architecture is { } of && b.Info.Architecture is { } other && of != other)
            throw new UserError("MOE4022", $"{a.Path} is of {a.Info.ModelType ?? "one model"}, {b.Path} of {b.Info.ModelType ?? "another"}: the architectures do not fit.", $"Compare runs of the same architecture.");
        _pairs = RouterPairs.Of(a.Path, a.Routers, b.Path, b.Routers, partial: true);
        _bySteps = a.Info.Kind == TraceKind.Training && b.Info.Kind == TraceKind.Training;
        _agreement = new RoutingAgreement(_pairs.Pairs.Count);
    }

    /// <exception cref="UserError">Architectures or tokens do not fit, or there is nothing to compare.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static RoutingDiff Compare(TraceReader a, TraceReader b, CancellationToken cancelled)
    {
        var comparison = new TraceComparison(a, b);
        // Rows of an encoder and of its decoder have positions of their own.
        foreach (var stack in Enumerable.Range(0, comparison._pairs.Pairs.Count).GroupBy(i => comparison._pairs.Pairs[i].A.Id.Stack)) comparison.Compare([.. stack], cancelled);
        if (comparison._agreement.Tokens == 0)
            throw new UserError("MOE4023", $"{a.Path} and {b.Path} have no token in common: {comparison._onlyA} and {comparison._onlyB} tokens stand at other sequences and positions.", $"Record both over the same prompts; traces of loads alone have no tokens.");
        return new RoutingDiff
        {
            Routers = [.. comparison._pairs.Pairs.Select(p => p.A)], Agreement = comparison._agreement, First = comparison._first, OnlyInA = comparison._onlyA,
            OnlyInB = comparison._onlyB, AfterDivergence = comparison._after, NotCompared = comparison._pairs.Rest,
        };
    }

    private void Compare(int[] routers, CancellationToken cancelled)
    {
        const RoutingColumns Columns = RoutingColumns.SelectedExperts | RoutingColumns.SelectionScores;
        using var a = new RowCursor(_a, [.. routers.Select(r => _pairs.Pairs[r].A.Index)], Columns, _bySteps, cancelled);
        using var b = new RowCursor(_b, [.. routers.Select(r => _pairs.Pairs[r].B.Index)], Columns, _bySteps, cancelled);
        var (inA, inB) = (a.Next(), b.Next());
        while (inA && inB)
        {
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

    private void Token(int[] routers, RowCursor a, RowCursor b)
    {
        var (_, sequence, position) = a.Place;
        if (a.TokenId >= 0 && b.TokenId >= 0 && a.TokenId != b.TokenId && !_ended.Contains(sequence))
        {
            if (a.Phase != Phase.Decode || b.Phase != Phase.Decode)
                throw new UserError("MOE4024", $"at sequence {sequence}, position {position} the token is {a.TokenId} in {_a.Path} and {b.TokenId} in {_b.Path}: the tokens do not fit.", $"Record both over the same prompts, with the same tokenizer.");
            _ended.Add(sequence);
        }
        if (_ended.Contains(sequence))
        {
            _after++;
            return;
        }
        for (var i = 0; i < routers.Length; i++)
        {
            if (a.Batch(i) is not { } inA || b.Batch(i) is not { } inB || !inA.Has(RoutingColumns.SelectedExperts) || !inB.Has(RoutingColumns.SelectedExperts)) continue;
            if (!_agreement.Add(routers[i], inA.ExpertsOf(a.Row), inB.ExpertsOf(b.Row)) || _first is not null) continue;
            var id = a.TokenId >= 0 ? a.TokenId : b.TokenId;
            _first = new Divergence(
                _pairs.Pairs[routers[i]].A, sequence, position, id, a.Text ?? b.Text ?? (id < 0 ? null : _a.TextOf(id) ?? _b.TextOf(id)), inA.ExpertsOf(a.Row).ToArray(), inB.ExpertsOf(b.Row).ToArray(),
                Margin(inA, a.Row), Margin(inB, b.Row));
        }
        _agreement.EndToken();
    }

    private static double? Margin(RoutingBatch batch, int row) =>
        batch.Has(RoutingColumns.SelectionScores) && Formulas.Margin(batch.SelectionOf(row), batch.Router.Rule.K) is var margin && !double.IsNaN(margin) ? margin : null;
}
