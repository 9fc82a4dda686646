using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Writing;

/// <summary>c_e of one batch; padding is left out.</summary>
internal static class LoadCounter
{
    public static int[] Room(int[] counts, int experts) => counts.Length >= experts ? counts : new int[experts];

    public static void Count(RoutingBatch batch, out int tokens, out int emptySlots, int[] counts)
    {
        (tokens, emptySlots) = (0, 0);
        var experts = batch.Experts;
        counts.AsSpan(0, experts).Clear();
        var padding = batch.Pass.Rows.Padding;
        var selected = batch.SelectedExperts;
        for (var row = 0; row < batch.Tokens; row++)
        {
            if (padding[row]) continue;
            tokens++;
            foreach (var e in selected.Slice(row * batch.Slots, batch.Slots))
                if ((uint)e < (uint)experts) counts[e]++;
                else if (e < 0) emptySlots++;
        }
    }
}
