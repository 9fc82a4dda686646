using MoeDevtools.Routing;

namespace MoeDevtools.Debugging;

/// <summary>
/// Where a step leads, seen from the stop that it starts at; it stays in its rank. <em>over</em>: same row, next router; from the last router, row 0 of the next pass's first.
/// <em>into</em>: next row; after the last, row 0 of this router in the next pass. <em>out</em>: first router of the next step.
/// </summary>
internal sealed record StepPlan(StepKind Kind, Cursor From)
{
    /// <summary>over, into and to run past hits on their way; they are counted and shown.</summary>
    public bool RunsPastHits => Kind is StepKind.Over or StepKind.Into or StepKind.To;

    /// <summary>The row of <paramref name="batch"/> at which the step ends; -1 = not in this batch.</summary>
    public int RowIn(RoutingBatch batch)
    {
        if (batch.Pass.Rank != From.Rank) return -1;
        var samePass = batch.Pass.Step == From.Step && batch.Pass.Pass == From.Pass;
        return Kind switch
        {
            StepKind.Over => !samePass ? 0 : batch.Router.Index != From.Router ? From.Row : -1,      // in the order of the program: a router that came late may stand before others
            StepKind.Into => batch.Router.Index != From.Router ? -1 : samePass ? NextToken(batch, From.Row + 1) : 0,
            StepKind.Out => batch.Pass.Step > From.Step ? 0 : -1,
            _ => batch.Router.Index == From.Router && samePass ? From.Row : -1,
        };
    }

    /// <summary>The first row from <paramref name="row"/> on that is a token; -1 = none.</summary>
    public static int NextToken(RoutingBatch batch, int row)
    {
        while (row < batch.Tokens && !batch.IsToken(row)) row++;
        return row < batch.Tokens ? row : -1;
    }
}
