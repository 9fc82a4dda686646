namespace MoeDevtools.Routing;

/// <summary>
/// The rows (tokens) of one forward pass, shared by the batches of all its routers. Owned by whoever runs the pass and reused by the
/// next: a sink that keeps rows copies them. Arrays may be longer than <see cref="Count"/>.
/// </summary>
public sealed class RoutingRows
{
    /// <summary>T, the number of rows in use.</summary>
    public int Count { get; private set; }

    /// <summary>Index of the row's sequence (document, prompt) in the session, from 0; -1 = unknown.</summary>
    public int[] Sequence { get; private set; } = [];

    /// <summary>Position of the token in its sequence, from 0; -1 = unknown.</summary>
    public int[] Position { get; private set; } = [];

    /// <summary>Token id; -1 = unknown.</summary>
    public int[] TokenId { get; private set; } = [];

    /// <summary>The token's text; null = unknown.</summary>
    public string?[] Text { get; private set; } = [];

    /// <summary>The user's label of the row's sequence (a domain, say); null = none.</summary>
    public string?[] Label { get; private set; } = [];

    /// <summary>True for padding: not a token, excluded from every count.</summary>
    public bool[] Padding { get; private set; } = [];

    /// <summary>False: nobody said which rows are padding, so that none is left out and every count may hold some.</summary>
    public bool IsPaddingKnown { get; set; } = true;

    /// <summary>Makes room for <paramref name="count"/> rows and resets them to "unknown"; earlier contents are lost.</summary>
    public void Reset(int count)
    {
        if (Sequence.Length < count)
        {
            Sequence = new int[count];
            Position = new int[count];
            TokenId = new int[count];
            Text = new string?[count];
            Label = new string?[count];
            Padding = new bool[count];
        }
        else
        {
            Array.Clear(Text);
            Array.Clear(Label);
            Array.Clear(Padding);
        }
        Count = count;
        IsPaddingKnown = true;
        Sequence.AsSpan(0, count).Fill(-1);
        Position.AsSpan(0, count).Fill(-1);
        TokenId.AsSpan(0, count).Fill(-1);
    }
}
