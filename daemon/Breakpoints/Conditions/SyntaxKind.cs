namespace MoeDevtools.Breakpoints.Conditions;

internal enum SyntaxKind
{
    Number,
    Text,

    /// <summary>A name without parentheses, <c>true</c> and <c>false</c> too.</summary>
    Name,

    /// <summary>Name and arguments.</summary>
    Call,

    /// <summary>Children: what is indexed, the index.</summary>
    Index,
    Unary,
    Binary,
}
