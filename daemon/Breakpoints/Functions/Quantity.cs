using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Functions;

/// <summary>One name of the condition language: what it is, where it may stand, what it can be, and how it is computed.</summary>
internal sealed class Quantity
{
    public required string Name { get; init; }

    public required ValueKind Kind { get; init; }

    public required Scope Scope { get; init; }

    public IReadOnlyList<Parameter> Parameters { get; init; } = [];

    /// <summary>Unit or set of values, in words.</summary>
    public required string Unit { get; init; }

    /// <summary>Formula or meaning, as docs/conditions.md has it.</summary>
    public required string Meaning { get; init; }

    /// <summary>What must be captured for it; of a vector: the column it is.</summary>
    public RoutingColumns Columns { get; init; }

    /// <summary>The values it can take at a router by the router's rule; of a vector: each element's.</summary>
    public required Func<RouterInfo, Attainable> Range { get; init; }

    /// <summary>Why it has no value at a router, whatever the row; null = it has one.</summary>
    public Func<RouterInfo, string?> Undefined { get; init; } = _ => null;

    /// <summary>
    /// A static method: <see cref="Evaluation"/>, one int for each parameter (an expert that is none is -1, a
    /// <see cref="Parameter.Window"/> left out is 0), then, if it can fail, its own column. Gives double, bool or string. Null for
    /// vectors, aggregates and isFinite, which the compiler knows.
    /// </summary>
    public Delegate? Compute { get; init; }

    /// <summary>True for any() and its like, whose argument is evaluated in each row.</summary>
    public bool IsAggregate => Parameters is [Parameter.RowTruth or Parameter.RowNumber];

    /// <summary>True if it may be, or must be, written with parentheses.</summary>
    public bool IsFunction => Parameters.Count > 0;

    /// <summary>Arguments that must be written.</summary>
    public int Required => Parameters.Count(p => p != Parameter.Window);

    /// <summary>The name with its arguments: <c>load(e, window)</c>.</summary>
    public string Signature => !IsFunction ? Kind == ValueKind.Vector ? $"{Name}[i]" : Name
        : $"{Name}({string.Join(", ", Parameters.Select(p => p switch
        {
            Parameter.Expert or Parameter.RealExpert => "e",
            Parameter.Window => "window",
            Parameter.RowTruth => "condition",
            Parameter.RowNumber => "number",
            _ => "vector",
        }))})";
}
