namespace MoeDevtools.Servers.Dap.Protocol;

internal sealed record Scope(string Name, int VariablesReference, bool Expensive)
{
    public string? PresentationHint { get; init; }
    public int? NamedVariables { get; init; }
    public int? IndexedVariables { get; init; }
}

internal sealed record ScopesBody(IReadOnlyList<Scope> Scopes);

internal sealed record Variable(string Name, string Value, int VariablesReference)
{
    public string? Type { get; init; }
    public PresentationHint? PresentationHint { get; init; }
    public string? EvaluateName { get; init; }
    public int? NamedVariables { get; init; }
    public int? IndexedVariables { get; init; }
    public string? MemoryReference { get; init; }
}

internal sealed record PresentationHint(IReadOnlyList<string> Attributes);

internal sealed record VariablesBody(IReadOnlyList<Variable> Variables);

internal sealed record EvaluateBody(string Result, int VariablesReference)
{
    public string? Type { get; init; }
    public int? NamedVariables { get; init; }
    public int? IndexedVariables { get; init; }
    public string? MemoryReference { get; init; }
}

internal sealed record SetVariableBody(string Value)
{
    public string? Type { get; init; }
    public int? VariablesReference { get; init; }
    public int? NamedVariables { get; init; }
    public int? IndexedVariables { get; init; }
}

internal sealed record CompletionItem(string Label, string Text, string Type, int Start, int Length)
{
    public string? Detail { get; init; }
}

internal sealed record CompletionsBody(IReadOnlyList<CompletionItem> Targets);

internal sealed record ReadMemoryBody(string Address)
{
    public int? UnreadableBytes { get; init; }
    public string? Data { get; init; }
}

internal sealed record ExceptionInfoBody(string ExceptionId, string Description, string BreakMode, ExceptionDetails Details);

internal sealed record ExceptionDetails(string Message, string TypeName, string StackTrace);
