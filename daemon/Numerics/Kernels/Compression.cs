namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// The last tokens of a sequence, of which each <see cref="Rate"/> become one entry: Σ softmax(z) ⊙ k over them, channel by channel (DeepSeek-V4). Where entries overlap, a token has
/// two halves of k and z: the first counts for the entry after its own, the second for its own.
/// </summary>
public unsafe struct Compression
{
    /// <summary>For each slot the token's k <c>[Columns]</c>, then its z <c>[Columns]</c>; position p is in slot p mod <see cref="Slots"/>.</summary>
    public float* Tokens;

    /// <summary>ρ.</summary>
    public int Rate;

    /// <summary>Of a token's k: the entry's width, twice that where entries overlap.</summary>
    public int Columns;

    public bool Overlaps;

    public readonly int Width => Overlaps ? Columns / 2 : Columns;

    /// <summary>Tokens that are kept.</summary>
    public readonly int Slots => Overlaps ? 2 * Rate : Rate;

    /// <summary>The slot of position <paramref name="position"/>.</summary>
    public readonly float* Slot(int position) => Tokens + (nint)(position % Slots) * 2 * Columns;

    /// <summary>Channels of an entry that are worked on at a time.</summary>
    public const int Block = 64;

    /// <summary>Puts a token's k and z <c>[Columns]</c>, with its place's row added to z, into its slot: what the entries' channels <paramref name="first"/>... need of them.</summary>
    public readonly void Take(int position, int first, int channels, float* k, float* z, float* place)
    {
        var slot = Slot(position);
        for (var half = 0; half < Columns; half += Width)
        {
            for (var c = half + first; c < half + first + channels; c++) (slot[c], slot[Columns + c]) = (k[c], z[c] + place[c]);
        }
    }

    /// <summary>Channels <paramref name="first"/>... of the entry that ends at position <paramref name="last"/>, at most <see cref="Block"/>; sums in double.</summary>
    public readonly void Close(int last, int first, int channels, float* entry)
    {
        Span<float> max = stackalloc float[Block];
        Span<double> sum = stackalloc double[Block], weighted = stackalloc double[Block];
        max.Fill(float.NegativeInfinity);
        sum.Clear();
        weighted.Clear();
        var begin = Math.Max(0, last + 1 - Slots);
        for (var p = begin; p <= last; p++)
        {
            var z = Channels(p, last, first) + Columns;
            for (var c = 0; c < channels; c++) max[c] = Math.Max(max[c], z[c]);
        }
        for (var p = begin; p <= last; p++)
        {
            var k = Channels(p, last, first);
            for (var c = 0; c < channels; c++)
            {
                var e = Math.Exp((double)k[Columns + c] - max[c]);
                sum[c] += e;
                weighted[c] += e * k[c];
            }
        }
        for (var c = 0; c < channels; c++) entry[c] = (float)(weighted[c] / sum[c]);
    }

    /// <summary>Where a token has channels <paramref name="first"/>... of the entry that ends at <paramref name="last"/>.</summary>
    private readonly float* Channels(int position, int last, int first) => Slot(position) + first + (Overlaps && position > last - Rate ? Width : 0);
}
