namespace MoeDevtools.Breakpoints.Conditions;

internal enum BoundKind
{
    Number,
    Truth,
    Text,

    /// <summary>A name or call of the catalogue; arguments are the children.</summary>
    Quantity,

    /// <summary>Children: the vector's quantity, the index.</summary>
    Element,
    Not,
    Negate,
    Binary,
}
