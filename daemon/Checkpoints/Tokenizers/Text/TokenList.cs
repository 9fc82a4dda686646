namespace MoeDevtools.Checkpoints.Tokenizers.Text;

/// <summary>Tokens on their way into an <see cref="Encoding"/>: parallel columns.</summary>
internal sealed class TokenList
{
    private readonly int[] _input;
    private int[]? _characterOfByte;

    /// <param name="input">The code points of the whole input.</param>
    public TokenList(int[] input) => _input = input;

    public List<int> Ids { get; } = [];

    public List<string> Tokens { get; } = [];

    /// <summary>Start and end in code points of the input.</summary>
    public List<(int Start, int End)> Offsets { get; } = [];

    /// <summary>1 where a template or padding put the token.</summary>
    public List<int> SpecialTokensMask { get; } = [];

    public int Count => Ids.Count;

    public void Add(int id, string token, int start, int end, int special = 0)
    {
        Ids.Add(id);
        Tokens.Add(token);
        Offsets.Add((start, end));
        SpecialTokensMask.Add(special);
    }

    /// <summary>Adds a token for a range of the piece's characters.</summary>
    public void Add(int id, string token, in Piece piece, int from, int to) => Add(id, token, piece.Starts[from], piece.Ends[to - 1]);

    /// <summary>Adds a token for bytes of the input's UTF-8; where the input has no such bytes, their numbers stay.</summary>
    public void AddRawBytes(int id, string token, int from, int to)
    {
        var map = _characterOfByte ??= MapBytes(_input);
        if (from >= map.Length)
        {
            Add(id, token, from, to);
            return;
        }
        Add(id, token, map[from], to < map.Length ? map[to] : (to - 1 < map.Length ? map[to - 1] : map[from] + 1) + 1);
    }

    public static TokenList Join(List<TokenList> parts, int[] input)
    {
        if (parts.Count == 1)
        {
            return parts[0];
        }
        var joined = new TokenList(input);
        foreach (var part in parts)
        {
            joined.Ids.AddRange(part.Ids);
            joined.Tokens.AddRange(part.Tokens);
            joined.Offsets.AddRange(part.Offsets);
            joined.SpecialTokensMask.AddRange(part.SpecialTokensMask);
        }
        return joined;
    }

    public TokenList Slice(int from, int to)
    {
        var part = new TokenList(_input);
        for (var i = from; i < to; i++)
        {
            part.Add(Ids[i], Tokens[i], Offsets[i].Start, Offsets[i].End, SpecialTokensMask[i]);
        }
        return part;
    }

    private static int[] MapBytes(int[] input)
    {
        var map = new int[CodePoints.Utf8Length(input)];
        var at = 0;
        for (var i = 0; i < input.Length; i++)
        {
            var length = CodePoints.Utf8Length(input[i]);
            map.AsSpan(at, length).Fill(i);
            at += length;
        }
        return map;
    }
}
