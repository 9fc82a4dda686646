using MoeDevtools.Routing;

namespace MoeDevtools.Tests.Capture;

/// <summary>Keeps what routers report: one entry a row and router, in the order of the passes.</summary>
internal sealed class RecordingSink(RoutingColumns wanted = RoutingColumns.All, string glob = "*") : IRoutingSink
{
    public List<Decision> Decisions { get; } = [];

    public int Batches { get; private set; }

    public BatchProblems Problems { get; private set; }

    public RoutingColumns Wanted(RouterInfo router) => RouterNames.Matches(glob, router) ? wanted : RoutingColumns.None;

    public void OnRouted(RoutingBatch batch)
    {
        Batches++;
        Problems |= BatchValidator.Check(batch);
        for (var row = 0; row < batch.Tokens; row++)
        {
            Decisions.Add(new Decision(
                batch.Router.Name, batch.Pass.Step, batch.Pass.Phase, batch.Pass.Rows.Position[row], batch.Pass.Rows.TokenId[row], batch.Pass.Rows.Text[row],
                batch.Has(RoutingColumns.RouterLogits) ? batch.LogitsOf(row).ToArray() : [],
                batch.Has(RoutingColumns.SelectionScores) ? batch.SelectionOf(row).ToArray() : [],
                batch.Has(RoutingColumns.SelectedExperts) ? batch.ExpertsOf(row).ToArray() : [],
                batch.Has(RoutingColumns.RoutingWeights) ? batch.WeightsOf(row).ToArray() : []));
        }
    }

    internal sealed record Decision(
        string Router, long Step, Phase Phase, int Position, int TokenId, string? Text, float[] Logits, float[] Selection, int[] Experts, float[] Weights);
}
