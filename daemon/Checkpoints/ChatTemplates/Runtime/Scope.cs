namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>Names of one template, loop body or macro call; an inner scope sees the outer ones, but sets only its own.</summary>
internal sealed class Scope(Scope? outer)
{
    private Dictionary<string, object?>? names;

    public void Set(string name, object? value) => (names ??= new(StringComparer.Ordinal))[name] = value;

    public bool TryGet(string name, out object? value)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope.names is { } own && own.TryGetValue(name, out value))
            {
                return true;
            }
        }

        value = null;
        return false;
    }

    private Scope? Outer { get; } = outer;
}
