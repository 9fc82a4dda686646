using MoeDevtools.Checkpoints.ChatTemplates.Runtime;

namespace MoeDevtools.Checkpoints.ChatTemplates.Library;

/// <summary>A filter, test or method: a value, arguments, a result.</summary>
/// <param name="name">As templates write it.</param>
/// <param name="parameters">Names after the value, separated by spaces; '?' marks those that may be left out.</param>
internal sealed class Routine(string name, string parameters, Func<Run, object?, Arguments, object?> body)
{
    private readonly string[] parameters = parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public string Name { get; } = name;

    public object? Apply(Run run, object? value, Call call) => body(run, value, call.Bind(run, Name, parameters));
}
