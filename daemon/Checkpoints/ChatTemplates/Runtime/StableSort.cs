namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>
/// A stable merge sort. The framework's sorts hide what the comparison throws, and what they do with one that contradicts itself
/// (NaN) is not defined.
/// </summary>
internal static class StableSort
{
    /// <param name="keys">Of the elements, in their order.</param>
    public static List<T> By<T>(Run run, IReadOnlyList<T> elements, IReadOnlyList<object?> keys, bool descending)
    {
        var order = Enumerable.Range(0, elements.Count).ToArray();
        var merged = new int[order.Length];
        for (var width = 1; width < order.Length; width *= 2)
        {
            for (var start = 0; start < order.Length; start += 2 * width)
            {
                var (left, right) = (start, Math.Min(start + width, order.Length));
                var (middle, end) = (right, Math.Min(start + (2 * width), order.Length));
                for (var i = start; i < end; i++)
                {
                    merged[i] = left < middle && (right == end || !Before(order[right], order[left])) ? order[left++] : order[right++];
                }
            }

            (order, merged) = (merged, order);
        }

        return [.. order.Select(index => elements[index])];

        bool Before(int second, int first)
        {
            var symbolic = Operators.Compare(run, "<", keys[second], keys[first], 0);
            return descending ? symbolic > 0 : symbolic < 0;
        }
    }
}
