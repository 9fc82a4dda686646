namespace MoeDevtools.Servers.Dap.Variables;

/// <summary>A line of the variables view. Immutable.</summary>
internal sealed record VariableItem(string Name, string Value)
{
    public string Type { get; init; } = "text";

    /// <summary>The expression that gives the same value; null = there is none.</summary>
    public string? Expression { get; init; }

    /// <summary>Assigning to <see cref="Expression"/> changes routing.</summary>
    public bool Settable { get; init; }

    /// <summary>What a data breakpoint would watch, <c>expert/7/load</c>; null = nothing.</summary>
    public string? Watch { get; init; }

    /// <summary>Column of the batch that it is a row of, for <c>readMemory</c>; null = of none.</summary>
    public string? Column { get; init; }

    /// <summary>What it opens into, under a key that is the same at every stop; null = nothing.</summary>
    public VariableNode? Children { get; init; }
}
