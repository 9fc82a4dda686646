using MoeDevtools.Checkpoints.ChatTemplates.Runtime;

namespace MoeDevtools.Checkpoints.ChatTemplates.Library;

/// <param name="Apply">The value before the bar, and the arguments.</param>
internal sealed record Filter(string Name, Func<Run, object?, Call, object?> Apply)
{
    public Filter(string name, string parameters, Func<Run, object?, Arguments, object?> body)
        : this(name, new Routine(name, parameters, body).Apply)
    {
    }
}
