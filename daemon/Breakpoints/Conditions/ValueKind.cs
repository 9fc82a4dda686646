namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>What a value of the condition language is.</summary>
public enum ValueKind
{
    Number,
    Truth,
    Text,

    /// <summary>A row of numbers, one an expert or one a slot: indexed in conditions, whole in consoles.</summary>
    Vector,

    /// <summary>No value: the quantity is not known or not defined here. Only in <see cref="ExpressionValue"/>.</summary>
    Undefined,
}
