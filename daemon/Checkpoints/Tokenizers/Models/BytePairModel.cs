using System.Runtime.InteropServices;
using System.Text;
using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Models;

/// <summary>
/// Byte-pair encoding: a piece begins as its characters, and the pair of the lowest rank is merged until none is left; the leftmost
/// first among equals. Time is n log n in the piece. Symbols carry their length in bytes of UTF-8, and offsets are sums of those
/// lengths: where characters were dropped or their bytes counted otherwise, offsets slip, as the reference's do.
/// </summary>
internal sealed partial class BytePairModel : Model
{
    private const int LongestCachedPiece = 256;
    private const int DirectPoints = 0x3000;

    private readonly Vocabulary _vocabulary;
    private readonly string?[] _tokens; // by id, so far as ids are dense
    private readonly Dictionary<ulong, ulong> _merges; // left id << 32 | right id -> rank << 32 | merged id
    private readonly int[] _mergedIds; // by rank
    private readonly int[] _directIds; // by code point: the id of the token that is this character, or -1
    private readonly int[]? _byteIds; // with byte_fallback: the id of <0x00> ... <0xFF>, or -1
    private readonly string? _unknownToken;
    private readonly int? _unknownId;
    private readonly string _prefix;
    private readonly string _suffix;
    private readonly bool _fuseUnknown;
    private readonly bool _ignoreMerges;

    [ThreadStatic]
    private static BytePairWorkspace? _workspace;

    public override int VocabularySize => _vocabulary.Count;

    public override int? IdOf(string token) => _vocabulary.IdOf(token);

    public override string? TokenOf(int id) => _vocabulary.TokenOf(id);

    public override void Tokenize(in Piece piece, TokenList output)
    {
        var points = piece.Points;
        var workspace = _workspace is { } mine && mine.Owner == this ? mine : _workspace = new BytePairWorkspace(this);
        if (workspace.Cache.TryGet(points, out var cached))
        {
            Emit(piece, cached, output);
            return;
        }
        if (_ignoreMerges && WholeId(points) is { } whole)
        {
            workspace.Result.Clear();
            workspace.Result.Add(new(whole, CodePoints.Utf8Length(points)));
        }
        else
        {
            FirstSymbols(points, workspace);
            Merge(workspace);
        }
        var result = CollectionsMarshal.AsSpan(workspace.Result);
        if (points.Length <= LongestCachedPiece)
        {
            workspace.Cache.Add(points, result);
        }
        Emit(piece, result, output);
    }

    private int? WholeId(ReadOnlySpan<int> points)
    {
        if (points.Length == 1)
        {
            return PlainId(points[0]) is >= 0 and var single ? single : null;
        }
        return _vocabulary.ByCharacters.TryGetValue(CodePoints.ToText(points), out var id) ? id : null;
    }

    /// <summary>The piece's characters as symbols: known ones, their bytes, or the unknown token.</summary>
    private void FirstSymbols(ReadOnlySpan<int> points, BytePairWorkspace workspace)
    {
        workspace.Symbols.Clear();
        var unknownBytes = 0; // length of an unknown token that is not yet a symbol
        for (var i = 0; i < points.Length; i++)
        {
            var bytes = CodePoints.Utf8Length(points[i]);
            var prefix = i > 0 ? _prefix : "";
            var suffix = i == points.Length - 1 ? _suffix : "";
            var plain = prefix.Length == 0 && suffix.Length == 0;
            var id = plain ? PlainId(points[i]) : AffixedId(prefix, points[i], suffix);
            if (id >= 0)
            {
                if (unknownBytes > 0)
                {
                    workspace.Add(_unknownId!.Value, unknownBytes);
                    unknownBytes = 0;
                }
                workspace.Add(id, bytes);
                continue;
            }
            // Bytes do not end a run of unknown characters before them: its token comes after them.
            if (_byteIds is not null && AddBytes(prefix, points[i], suffix, workspace))
            {
                continue;
            }
            if (_unknownToken is null)
            {
                continue;
            }
            _ = _unknownId ?? throw TokenizerErrors.NoUnknownToken("BPE", _unknownToken);
            if (unknownBytes > 0 && !_fuseUnknown)
            {
                workspace.Add(_unknownId.Value, unknownBytes);
                unknownBytes = 0;
            }
            unknownBytes += bytes;
        }
        if (unknownBytes > 0)
        {
            workspace.Add(_unknownId!.Value, unknownBytes);
        }
    }

    private int PlainId(int point)
    {
        if (point < DirectPoints)
        {
            return _directIds[point];
        }
        Span<char> characters = stackalloc char[2];
        var length = new Rune(point).EncodeToUtf16(characters);
        return _vocabulary.ByCharacters.TryGetValue(characters[..length], out var id) ? id : -1;
    }

    private int AffixedId(string prefix, int point, string suffix) =>
        _vocabulary.IdOf($"{prefix}{new Rune(point)}{suffix}") ?? -1;

    private bool AddBytes(string prefix, int point, string suffix, BytePairWorkspace workspace)
    {
        Span<byte> own = stackalloc byte[4];
        var length = new Rune(point).EncodeToUtf8(own);
        var bytes = prefix.Length + suffix.Length == 0 ? own[..length] : System.Text.Encoding.UTF8.GetBytes($"{prefix}{new Rune(point)}{suffix}");
        foreach (var b in bytes)
        {
            if (_byteIds![b] < 0)
            {
                return false;
            }
        }
        foreach (var b in bytes)
        {
            workspace.Add(_byteIds![b], 1);
        }
        return true;
    }

    private void Merge(BytePairWorkspace workspace)
    {
        var symbols = CollectionsMarshal.AsSpan(workspace.Symbols);
        var queue = workspace.Queue;
        queue.Clear();
        for (var i = 0; i + 1 < symbols.Length; i++)
        {
            Offer(symbols, i, queue);
        }
        while (queue.TryPop(out var top))
        {
            var at = (int)(uint)top;
            ref var left = ref symbols[at];
            if (left.Bytes == 0 || left.Next < 0)
            {
                continue;
            }
            ref var right = ref symbols[left.Next];
            var merged = _mergedIds[top >> 32];
            if (!_merges.TryGetValue(Pair(left.Id, right.Id), out var merge) || (int)(uint)merge != merged)
            {
                continue; // one of the two was merged with another since
            }
            left.Id = merged;
            left.Bytes += right.Bytes;
            left.Next = right.Next;
            right.Bytes = 0;
            if (left.Next >= 0)
            {
                symbols[left.Next].Previous = at;
                Offer(symbols, at, queue);
            }
            if (left.Previous >= 0)
            {
                Offer(symbols, left.Previous, queue);
            }
        }
        workspace.Result.Clear();
        foreach (ref readonly var symbol in symbols)
        {
            if (symbol.Bytes > 0)
            {
                workspace.Result.Add(new(symbol.Id, symbol.Bytes));
            }
        }
    }

    private void Offer(ReadOnlySpan<BytePairSymbol> symbols, int at, MergeQueue queue)
    {
        if (_merges.TryGetValue(Pair(symbols[at].Id, symbols[symbols[at].Next].Id), out var merge))
        {
            queue.Push((merge & 0xFFFFFFFF00000000) | (uint)at);
        }
    }

    private static ulong Pair(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    /// <summary>Turns lengths in bytes into offsets of the input.</summary>
    private void Emit(in Piece piece, ReadOnlySpan<BytePairToken> tokens, TokenList output)
    {
        var points = piece.Points;
        int character = 0, characterEnd = 0; // the character that holds byte `at`, and the byte behind it
        var at = 0;
        foreach (var (id, bytes) in tokens)
        {
            var token = (uint)id < (uint)_tokens.Length ? _tokens[id]! : _vocabulary.TokenOf(id)!;
            Advance(points, at, ref character, ref characterEnd);
            var first = character;
            Advance(points, at + bytes - 1, ref character, ref characterEnd);
            if (character < points.Length)
            {
                output.Add(id, token, piece.Starts[first], piece.Ends[character]);
            }
            else
            {
                // Past the end of the piece the reference takes the bytes as if they were the input's own.
                output.AddRawBytes(id, token, at, at + bytes);
            }
            at += bytes;
        }
    }

    private static void Advance(ReadOnlySpan<int> points, int at, ref int character, ref int characterEnd)
    {
        if (characterEnd == 0 && points.Length > 0)
        {
            characterEnd = CodePoints.Utf8Length(points[0]);
        }
        while (character < points.Length && at >= characterEnd)
        {
            character++;
            characterEnd += character < points.Length ? CodePoints.Utf8Length(points[character]) : 0;
        }
    }
}
