namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <param name="Default">Evaluated at the call, where it sees the parameters before it; null when there is none.</param>
internal sealed record MacroParameter(string Name, Expression? Default);
