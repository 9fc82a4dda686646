namespace MoeDevtools.Breakpoints.Conditions;

internal enum TokenKind
{
    End,
    Number,
    Text,
    Name,

    /// <summary>An operator, bracket or comma.</summary>
    Mark,
}
