namespace MoeDevtools.Checkpoints.Tokenizers.Regexes;

/// <summary>Places without width, with the meaning of Oniguruma's Ruby syntax.</summary>
internal enum AnchorKind
{
    /// <summary><c>^</c>: the start, or after a line feed that is not the last character.</summary>
    LineStart,

    /// <summary><c>$</c>: the end, or before a line feed.</summary>
    LineEnd,

    /// <summary><c>\A</c></summary>
    TextStart,

    /// <summary><c>\z</c></summary>
    TextEnd,

    /// <summary><c>\Z</c>: the end, or before a line feed that is the last character.</summary>
    TextEndOrLastLineFeed,

    /// <summary><c>\b</c></summary>
    WordEdge,

    /// <summary><c>\B</c></summary>
    NoWordEdge,
}
