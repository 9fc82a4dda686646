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

    /// <summary>The entry that ends at position <paramref name="last"/> <c>[Width]</c>; sums in double.</summary>
    public readonly void Close(int last, float* entry)
    {
        var first = last + 1 - Slots;
        for (var c = 0; c < Width; c++)
        {
            double max = double.NegativeInfinity, sum = 0, weighted = 0;
            for (var p = Math.Max(0, first); p <= last; p++) max = Math.Max(max, Slot(p)[Columns + Channel(p, last, c)]);
            for (var p = Math.Max(0, first); p <= last; p++)
            {
                var slot = Slot(p) + Channel(p, last, c);
                var e = Math.Exp(slot[Columns] - max);
                sum += e;
                weighted += e * slot[0];
            }
            entry[c] = (float)(weighted / sum);
        }
    }

    private readonly int Channel(int position, int last, int c) => Overlaps && position > last - Rate ? Width + c : c;
}
