using System.Numerics;

namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>The evaluated arguments of a call.</summary>
internal sealed class Call(List<object?> positional, List<KeyValuePair<string, object?>> named)
{
    public static readonly Call Empty = new([], []);

    public List<object?> Positional { get; } = positional;

    public List<KeyValuePair<string, object?>> Named { get; } = named;

    public static Call With(params List<object?> positional) => new(positional, []);

    /// <summary>Puts the arguments into the order of <paramref name="parameters"/>; a trailing '?' marks those that may be left out.</summary>
    public Arguments Bind(Run run, string name, string[] parameters)
    {
        if (Positional.Count > parameters.Length)
        {
            throw run.Fail($"{name} takes at most {parameters.Length} arguments, {Positional.Count} are given");
        }

        var values = new object?[parameters.Length];
        Array.Fill(values, Arguments.Missing);
        Positional.CopyTo(values);
        foreach (var (key, value) in Named)
        {
            var index = Array.FindIndex(parameters, p => p.AsSpan().TrimEnd('?').SequenceEqual(key));
            if (index < 0 || values[index] != Arguments.Missing)
            {
                throw run.Fail(index < 0 ? $"{name} has no argument '{key}'" : $"{name} has argument '{key}' twice");
            }

            values[index] = value;
        }

        var absent = Array.FindIndex(values, v => v == Arguments.Missing);
        for (; absent >= 0; absent = Array.FindIndex(values, absent + 1, v => v == Arguments.Missing))
        {
            if (!parameters[absent].EndsWith('?'))
            {
                throw run.Fail($"{name} needs the argument '{parameters[absent]}'");
            }
        }

        return new Arguments(run, name, parameters, values);
    }
}
