using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.Regexes;

internal static class Anchors
{
    public static bool Holds(AnchorKind kind, ReadOnlySpan<int> text, int position)
    {
        var atEnd = position == text.Length;
        return kind switch
        {
            AnchorKind.LineStart => position == 0 || (text[position - 1] == '\n' && !atEnd),
            AnchorKind.LineEnd => atEnd || text[position] == '\n',
            AnchorKind.TextStart => position == 0,
            AnchorKind.TextEnd => atEnd,
            AnchorKind.TextEndOrLastLineFeed => atEnd || (position == text.Length - 1 && text[position] == '\n'),
            AnchorKind.WordEdge => IsWordEdge(text, position),
            _ => !IsWordEdge(text, position),
        };
    }

    private static bool IsWordEdge(ReadOnlySpan<int> text, int position)
    {
        var before = position > 0 && UnicodeTables.RegexWord.Contains(text[position - 1]);
        var after = position < text.Length && UnicodeTables.RegexWord.Contains(text[position]);
        return before != after;
    }
}
