using System.Globalization;
using MoeDevtools.Messages;
using MoeDevtools.Traces.Formats.Numpy;

namespace MoeDevtools.Traces.Formats;

/// <summary>Which axis of an array of expert ids is what. An array without layers (two axes) has one router.</summary>
/// <param name="Tokens">Index of the axis.</param>
/// <param name="Layers">-1 = there is none.</param>
internal sealed record IdLayout(int Tokens, int Layers, int Slots)
{
    /// <summary>No model has so many layers, so an axis that is longer counts tokens.</summary>
    private const long MostLayers = 256;

    /// <summary>No router chooses so many experts.</summary>
    private const long MostSlots = 64;

    /// <summary>Elements of the array that are looked at.</summary>
    private const int Sample = 1 << 16;

    /// <summary>Standard errors by which neighbours must be more alike along one axis than along the other.</summary>
    private const double Certain = 4;

    /// <summary><c>tokens,layers,k</c>.</summary>
    public override string ToString() => string.Join(",", Enumerable.Range(0, Layers < 0 ? 2 : 3).Select(axis => axis == Tokens ? "tokens" : axis == Layers ? "layers" : "k"));

    /// <summary>What a person wrote.</summary>
    /// <exception cref="UserError">It does not name each axis once.</exception>
    public static IdLayout Parse(string text, NpyArray ids)
    {
        var names = text.Split(',', StringSplitOptions.TrimEntries);
        var expected = ids.Shape.Count == 2 ? new[] { "tokens", "k" } : ["tokens", "layers", "k"];
        if (!names.Order(StringComparer.Ordinal).SequenceEqual(expected.Order(StringComparer.Ordinal)))
            throw new UserError("MOE7240", $"--layout {text} does not name the axes of {ids.Name}, {ids.Header.Describe()}.", $"Write {string.Join(",", expected)} in the order of its axes.");
        return new IdLayout(Array.IndexOf(names, "tokens"), Array.IndexOf(names, "layers"), Array.IndexOf(names, "k"));
    }

    /// <summary>Finds the axes by what other arrays say, what a token's ids must be (different), and where neighbours are alike (tokens at one router).</summary>
    /// <param name="tokens">T where another array says it; null = none does.</param>
    /// <param name="why">How it was found.</param>
    /// <exception cref="UserError">It is ambiguous.</exception>
    public static IdLayout Sniff(NpyArray ids, long? tokens, out string why)
    {
        var shape = ids.Shape;
        var sample = Read(ids);
        var slots = SlotAxis(ids, sample);
        if (shape.Count == 2)
        {
            why = "two axes: one router";
            return new IdLayout(1 - slots, -1, slots);
        }
        var (a, b) = slots switch { 0 => (1, 2), 1 => (0, 2), _ => (0, 1) };
        if (tokens is { } t && (shape[a] == t) != (shape[b] == t))
        {
            why = string.Create(CultureInfo.InvariantCulture, $"{t} token ids beside it");
            return shape[a] == t ? new IdLayout(a, b, slots) : new IdLayout(b, a, slots);
        }
        if ((shape[a] > MostLayers) != (shape[b] > MostLayers))
        {
            why = "no model has that many layers";
            return shape[a] > MostLayers ? new IdLayout(a, b, slots) : new IdLayout(b, a, slots);
        }
        var alike = sample.MoreAlike(a, b, slots);
        if (alike > 0 || (alike == 0 && shape[a] >= shape[b]))
        {
            why = alike > 0 ? "neighbours along it are alike" : "the usual order";
            return new IdLayout(a, b, slots);
        }
        // A first axis that is as long as tokens are should also look like them; where the two contradict each other nobody knows.
        if (alike < 0 && shape[a] < shape[b])
        {
            why = "neighbours along it are alike";
            return new IdLayout(b, a, slots);
        }
        throw Ambiguous(ids);
    }

    private static int SlotAxis(NpyArray ids, IdSample sample)
    {
        var last = ids.Shape.Count - 1;
        var candidates = Enumerable.Range(0, last + 1).Where(axis => ids.Shape[axis] <= MostSlots && sample.IsDistinct(axis)).ToList();
        // Without a candidate (zeros, say) the usual order stands, and the verdict says what is wrong.
        if (candidates.Contains(last) || (candidates.Count == 0 && ids.Shape[last] <= MostSlots)) return last;
        return candidates is [var only] ? only : throw Ambiguous(ids);
    }

    private static IdSample Read(NpyArray ids)
    {
        var counts = ids.Shape.Select(n => (int)Math.Min(n, Sample)).ToArray();
        while (counts.Aggregate(1L, (product, n) => product * n) > Sample) counts[Array.IndexOf(counts, counts.Max())] /= 2;
        var values = new long[counts.Aggregate(1, (product, n) => product * n)];
        ids.Read(new long[counts.Length], counts, values);
        return new IdSample(counts, values);
    }

    private static UserError Ambiguous(NpyArray ids) =>
        new("MOE7241", $"{ids.Name}, {ids.Header.Describe()}: which axis is tokens, layers or k cannot be told.", $"Say it in the order of the axes: --layout tokens,layers,k or layers,tokens,k or tokens,k,layers.");

    /// <summary>The first elements of the array.</summary>
    private sealed record IdSample(int[] Counts, long[] Values)
    {
        /// <summary>No expert is chosen twice along the axis: it may be the slots of a token.</summary>
        public bool IsDistinct(int axis)
        {
            var (stride, length) = (Stride(axis), Counts[axis]);
            var seen = new HashSet<long>();
            for (var first = 0; first < Values.Length; first++)
            {
                if (first / stride % length != 0) continue;
                seen.Clear();
                for (var i = 0; i < length; i++)
                    if (Values[first + i * stride] is >= 0 and var id && !seen.Add(id)) return false;
            }
            return true;
        }

        /// <summary>
        /// 1 if neighbours along <paramref name="a"/> share more experts than along <paramref name="b"/>, -1 if fewer, 0 if that may be chance. At one router some experts are
        /// popular; at another the same numbers are other experts.
        /// </summary>
        public int MoreAlike(int a, int b, int slots)
        {
            var (meanA, errorA) = Alike(a, slots);
            var (meanB, errorB) = Alike(b, slots);
            var difference = meanA - meanB;
            var error = Math.Sqrt(errorA * errorA + errorB * errorB);
            return double.IsNaN(difference) || Math.Abs(difference) <= Certain * error || difference == 0 ? 0 : Math.Sign(difference);
        }

        /// <summary>Mean share of experts that neighbours along an axis have in common, and its standard error.</summary>
        private (double Mean, double Error) Alike(int axis, int slots)
        {
            var (stride, length, step, k) = (Stride(axis), Counts[axis], Stride(slots), Counts[slots]);
            double sum = 0, squares = 0;
            var pairs = 0;
            for (var first = 0; first < Values.Length; first++)
            {
                if (first / step % k != 0 || first / stride % length == length - 1) continue;
                var shared = 0;
                for (var i = 0; i < k; i++)
                    for (var j = 0; j < k; j++)
                        if (Values[first + i * step] is >= 0 and var id && id == Values[first + stride + j * step]) shared++;
                pairs++;
                sum += (double)shared / k;
                squares += (double)shared / k * shared / k;
            }
            if (pairs < 2) return (double.NaN, 0);
            var mean = sum / pairs;
            return (mean, Math.Sqrt(Math.Max(0, squares / pairs - mean * mean) / pairs));
        }

        private int Stride(int axis)
        {
            var stride = 1;
            for (var i = axis + 1; i < Counts.Length; i++) stride *= Counts[i];
            return stride;
        }
    }
}
