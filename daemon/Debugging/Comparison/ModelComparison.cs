using MoeDevtools.Analysis.Metrics;
using MoeDevtools.Capture;
using MoeDevtools.Messages;

namespace MoeDevtools.Debugging.Comparison;

/// <summary>Compares two checkpoints over the same token ids: both run one sequence after the other, and no more than one sequence's choices is kept.</summary>
public static class ModelComparison
{
    /// <param name="done">Called after each sequence with their number.</param>
    /// <exception cref="UserError">The architectures do not fit, or a sequence cannot be run.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static RoutingDiff Compare(ModelSession a, ModelSession b, IReadOnlyList<SequenceInput> sequences, Action<int>? done, CancellationToken cancelled)
    {
        var pairs = RouterPairs.Of(a.Name, a.Routers, b.Name, b.Routers, partial: false).Pairs;
        var agreement = new RoutingAgreement(pairs.Count);
        Divergence? first = null;
        var (chosenA, chosenB) = (new SequenceChoices(a.Routers), new SequenceChoices(b.Routers));
        for (var s = 0; s < sequences.Count; s++)
        {
            chosenA.Run(a, sequences[s], cancelled);
            chosenB.Run(b, sequences[s], cancelled);
            // Rows of an encoder and of its decoder have positions of their own.
            foreach (var stack in Enumerable.Range(0, pairs.Count).GroupBy(i => pairs[i].A.Id.Stack).Select(g => g.ToArray()))
            {
                for (var row = 0; row < chosenA.Rows(pairs[stack[0]].A.Index); row++)
                {
                    foreach (var r in stack)
                    {
                        var inA = chosenA.Of(pairs[r].A.Index, row);
                        var inB = chosenB.Of(pairs[r].B.Index, row);
                        if (!agreement.Add(r, inA, inB) || first is not null) continue;
                        var id = chosenA.TokenId(pairs[r].A.Index, row);
                        first = new Divergence(pairs[r].A, null, s, row, id, a.TextOf(id) ?? b.TextOf(id), inA.ToArray(), inB.ToArray(), chosenA.Margin(pairs[r].A.Index, row), chosenB.Margin(pairs[r].B.Index, row));
                    }
                    agreement.EndToken();
                }
            }
            done?.Invoke(s + 1);
        }
        return new RoutingDiff { Routers = [.. pairs.Select(p => p.A)], Agreement = agreement, First = first };
    }
}
