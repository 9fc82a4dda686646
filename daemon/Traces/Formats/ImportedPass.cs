using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Formats;

/// <summary>One forward pass as a file tells it, all routers at once. Lent by an importer until the next; arrays may be longer than what they hold.</summary>
internal sealed class ImportedPass
{
    /// <summary>Rows of a pass at most: bounds memory, and a longer sequence takes several passes.</summary>
    public const int MostRows = 512;

    public long Step { get; set; } = 1;

    public int Pass { get; set; }

    public int Rank { get; set; }

    public Phase Phase { get; set; }

    /// <summary>Rows.</summary>
    public int Rows { get; set; }

    /// <summary>Of each row, as an importer counts sequences.</summary>
    public int[] Sequence { get; private set; } = [];

    public int[] Position { get; private set; } = [];

    /// <summary>-1 = unknown.</summary>
    public int[] TokenId { get; private set; } = [];

    /// <summary>Null = unknown.</summary>
    public string?[] Text { get; private set; } = [];

    public bool[] Padding { get; private set; } = [];

    /// <summary>Expert ids <c>[rows, layers, slots]</c>, -1 = empty.</summary>
    public long[] Ids { get; private set; } = [];

    /// <summary>Null = not in the file. <c>[rows, layers, slots]</c>.</summary>
    public float[]? Weights { get; set; }

    /// <summary>Null = not in the file. <c>[rows, layers, experts]</c>.</summary>
    public float[]? Logits { get; set; }

    /// <inheritdoc cref="Logits"/>
    public float[]? Scores { get; set; }

    /// <inheritdoc cref="Logits"/>
    public float[]? SelectionScores { get; set; }

    /// <summary>Experts of a row of the columns that have one value an expert.</summary>
    public int ScoreWidth { get; set; }

    /// <summary>Rows whose every id was the largest of an unsigned dtype, and is -1 here.</summary>
    public int Wrapped { get; private set; }

    /// <summary>Whether a router saw this pass <c>[layers]</c>; null = all did.</summary>
    public bool[]? Recorded { get; set; }

    /// <summary>Rows without any expert were dropped: nothing is missing (what was exported from a trace).</summary>
    public bool IsComplete { get; set; }

    /// <summary>Sequences that begin in this pass.</summary>
    public List<TraceSequence> Begun { get; } = [];

    /// <summary>Makes room for <paramref name="rows"/> rows of <paramref name="ids"/> ids each; what is not filled is unknown.</summary>
    public void Reset(int rows, int ids)
    {
        Rows = rows;
        Wrapped = 0;
        Begun.Clear();
        if (Sequence.Length < rows)
            (Sequence, Position, TokenId, Text, Padding) = (new int[rows], new int[rows], new int[rows], new string?[rows], new bool[rows]);
        Array.Clear(Sequence);
        Array.Clear(Position);
        Array.Clear(Text);
        Array.Clear(Padding);
        Array.Fill(TokenId, -1);
        if (Ids.Length < rows * ids) Ids = new long[rows * ids];
    }

    /// <summary>
    /// Makes -1 of the ids of rows that hold nothing but <paramref name="largest"/>, the largest number of an unsigned dtype: ids of a token differ, so these are no experts.
    /// </summary>
    public void Unwrap(long largest, int slots, int ids)
    {
        if (slots < 2) return;
        for (var row = 0; row < Rows; row++)
        {
            var own = Ids.AsSpan(row * ids, ids);
            if (own.ContainsAnyExcept(largest)) continue;
            own.Fill(-1);
            Wrapped++;
        }
    }
}
