using MoeDevtools.Checkpoints.ChatTemplates.Runtime;

namespace MoeDevtools.Checkpoints.ChatTemplates.Values;

/// <summary>Something that a template can call: a global, a method bound to its value, or a macro.</summary>
/// <param name="IsMacro">A macro prints as <c>&lt;Macro 'name'&gt;</c>; the others print as an address in Python, here not at all.</param>
internal sealed record Function(string Name, Func<Run, Call, object?> Invoke, bool IsMacro = false);
