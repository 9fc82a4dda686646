using MoeDevtools.Routing;

namespace MoeDevtools.Tests.Routing;

public sealed class RoutingBatchTests
{
    private static readonly RouterInfo Router = Batches.Router(5, 2);

    private static RoutingBatch ThreeRows() => Batches.Routed(Router, 1, [1, 2, 3, 0, 0], [5, 1, 1, 4, 1], [0, 0, 0, 1, 2]);

    [Fact]
    public void GrowSlots_KeepsEveryRowAndAddsEmptySlots()
    {
        var batch = ThreeRows();
        var weights = batch.RoutingWeights.ToArray();
        batch.GrowSlots(4);
        Assert.Equal(4, batch.Slots);
        Assert.Equal([2, 1, -1, -1, 0, 3, -1, -1, 4, 3, -1, -1], batch.SelectedExperts.ToArray());
        Assert.Equal([weights[0], weights[1], 0, 0, weights[2], weights[3], 0, 0, weights[4], weights[5], 0, 0], batch.RoutingWeights.ToArray());
    }

    [Fact]
    public void GrowSlots_ToFewer_ChangesNothing()
    {
        var batch = ThreeRows();
        batch.GrowSlots(1);
        Assert.Equal(2, batch.Slots);
    }

    [Fact]
    public void Restore_TakesEveryChangeBackExactly()
    {
        var batch = ThreeRows();
        var (logits, scores, selection) = (batch.RouterLogits.ToArray(), batch.RouterScores.ToArray(), batch.SelectionScores.ToArray());
        var (experts, weights) = (batch.SelectedExperts.ToArray(), batch.RoutingWeights.ToArray());
        batch.Observed = RoutingColumns.RouterLogits;
        batch.BeginChange();
        batch.GrowSlots(5);
        batch.RouterLogits.Fill(9);
        batch.RouterScores.Fill(9);
        batch.SelectionScores.Fill(9);
        batch.SelectedExperts.Fill(4);
        batch.RoutingWeights.Fill(float.NaN);

        batch.Restore();

        Assert.Null(batch.Before);
        Assert.Equal(2, batch.Slots);
        Assert.Equal(RoutingColumns.RouterLogits, batch.Observed);
        Assert.Equal(logits, batch.RouterLogits.ToArray());
        Assert.Equal(scores, batch.RouterScores.ToArray());
        Assert.Equal(selection, batch.SelectionScores.ToArray());
        Assert.Equal(experts, batch.SelectedExperts.ToArray());
        Assert.Equal(weights, batch.RoutingWeights.ToArray());
    }

    [Fact]
    public void BeginChange_Twice_KeepsTheFirst()
    {
        var batch = ThreeRows();
        batch.BeginChange();
        batch.ExpertsOf(0)[0] = 4;
        batch.BeginChange();
        Assert.Equal(2, batch.Before!.ExpertsOf(0)[0]);
        Assert.True(batch.IsChanged(0));
        Assert.False(batch.IsChanged(1));
    }

    [Fact]
    public void IsChanged_EmptyGrownSlots_IsNoChange()
    {
        var batch = ThreeRows();
        batch.BeginChange();
        batch.GrowSlots(3);
        Assert.False(batch.IsChanged(2));
        batch.ExpertsOf(2)[2] = 0;
        Assert.True(batch.IsChanged(2));
    }

    [Fact]
    public void Reset_ForAnotherPass_ForgetsChangesAndGrownSlots()
    {
        var batch = ThreeRows();
        batch.BeginChange();
        batch.GrowSlots(5);
        var pass = new RoutingPass();
        pass.Rows.Reset(7);
        batch.Reset(Batches.Router(9, 3), pass, 3, RoutingColumns.All);
        Assert.Null(batch.Before);
        Assert.Equal((7, 9, 3), (batch.Tokens, batch.Experts, batch.Slots));
        Assert.Equal(63, batch.RouterLogits.Length);
        Assert.Equal(21, batch.SelectedExperts.Length);
        batch.BeginChange();
        Assert.Equal(3, batch.Before!.Slots);
    }

    [Fact]
    public void AbsentColumns_AreEmpty()
    {
        var batch = new RoutingBatch();
        batch.Reset(Router, ThreeRows().Pass, 2, RoutingColumns.SelectedExperts);
        Assert.Equal(0, batch.RouterLogits.Length);
        Assert.Equal(6, batch.SelectedExperts.Length);
    }
}
