using System.Runtime.InteropServices;
using MoeDevtools.Routing;

namespace MoeDevtools.Tests.Traces;

/// <summary>Two batches compared bit for bit.</summary>
internal static class SameBatch
{
    public static void Assert(RoutingBatch expected, RoutingBatch actual, RoutingColumns columns = RoutingColumns.All, bool half = false, bool rows = true)
    {
        if (rows) AssertRows(expected.Pass, actual.Pass);
        AssertColumns(expected, actual, columns, half);
        Xunit.Assert.Equal(expected.Before is null, actual.Before is null);
        if (expected.Before is { } before) AssertColumns(before, actual.Before!, columns, half);
    }

    private static void AssertRows(RoutingPass expected, RoutingPass actual)
    {
        var (a, b, n) = (expected.Rows, actual.Rows, expected.Rows.Count);
        Xunit.Assert.Equal((expected.Step, expected.Pass, expected.Rank, expected.Phase, n), (actual.Step, actual.Pass, actual.Rank, actual.Phase, b.Count));
        Xunit.Assert.Equal(a.Sequence[..n], b.Sequence[..n]);
        Xunit.Assert.Equal(a.Position[..n], b.Position[..n]);
        Xunit.Assert.Equal(a.TokenId[..n], b.TokenId[..n]);
        Xunit.Assert.Equal(a.Text[..n], b.Text[..n]);
        Xunit.Assert.Equal(a.Label[..n], b.Label[..n]);
        Xunit.Assert.Equal(a.Padding[..n], b.Padding[..n]);
        Xunit.Assert.Equal(a.IsPaddingKnown, b.IsPaddingKnown);
    }

    private static void AssertColumns(RoutingBatch a, RoutingBatch b, RoutingColumns columns, bool half)
    {
        Xunit.Assert.Equal((a.Router.Index, a.Tokens, a.Slots, a.Present & columns, a.Observed & columns), (b.Router.Index, b.Tokens, b.Slots, b.Present, b.Observed));
        Same(a.RouterLogits, b.RouterLogits, b.Has(RoutingColumns.RouterLogits), half);
        Same(a.RouterScores, b.RouterScores, b.Has(RoutingColumns.RouterScores), half);
        Same(a.SelectionScores, b.SelectionScores, b.Has(RoutingColumns.SelectionScores), half);
        Same(a.RoutingWeights, b.RoutingWeights, b.Has(RoutingColumns.RoutingWeights), half);
        if (b.Has(RoutingColumns.SelectedExperts)) Xunit.Assert.Equal(a.SelectedExperts, b.SelectedExperts);
        Xunit.Assert.Equal(a.Chosen, b.Chosen);
        Xunit.Assert.Equal(a.Taken, b.Taken);
    }

    private static void Same(Span<float> a, Span<float> b, bool present, bool half)
    {
        if (!present) return;
        if (half) a = a.ToArray().Select(x => (float)(Half)x).ToArray();
        Xunit.Assert.Equal(MemoryMarshal.Cast<float, int>(a), MemoryMarshal.Cast<float, int>(b));
    }
}
