using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>A macro, or the body of a call block: text that is written with parameters.</summary>
/// <param name="takesVarargs">The body says <c>varargs</c>, and so takes more positional arguments than it names.</param>
/// <param name="takesKwargs">The body says <c>kwargs</c>.</param>
/// <param name="takesCaller">The body says <c>caller</c>, and so can stand in a call block.</param>
internal sealed class Macro(string name, List<MacroParameter> parameters, Statement body, bool takesVarargs, bool takesKwargs, bool takesCaller)
{
    /// <summary>The macro as a value; it sees the names around its definition, as they are when it is called.</summary>
    public Function Define(Run run)
    {
        var around = run.Scope;
        return new Function(name, (caller, call) => Invoke(caller, around, call), IsMacro: true);
    }

    private object? Invoke(Run run, Scope around, Call call)
    {
        var scope = new Scope(around);
        var named = call.Named.ToDictionary(StringComparer.Ordinal);
        run.Spend((long)Run.ElementCost * (parameters.Count + call.Positional.Count + named.Count));
        if (takesCaller)
        {
            scope.Set("caller", named.Remove("caller", out var caller) ? caller : new Undefined("No caller defined"));
        }

        var surplus = call.Positional.Skip(parameters.Count).ToArray();
        if (surplus.Length > 0 && !takesVarargs)
        {
            throw run.Fail($"macro '{name}' takes not more than {parameters.Count} argument(s), {call.Positional.Count} are given");
        }

        scope.Set("varargs", surplus);
        return run.Within(scope, () =>
        {
            for (var i = 0; i < parameters.Count; i++)
            {
                var parameter = parameters[i].Name;
                var given = named.Remove(parameter, out var value);
                if (given && i < call.Positional.Count)
                {
                    throw run.Fail($"macro '{name}' has argument '{parameter}' twice");
                }

                scope.Set(parameter, i < call.Positional.Count ? call.Positional[i]
                    : given ? value
                    : parameters[i].Default is { } fallback ? fallback(run)
                    : new Undefined($"parameter '{parameter}' was not provided"));
            }

            if (takesKwargs)
            {
                var rest = new Mapping();
                foreach (var (key, value) in named)
                {
                    rest.Entries[key] = value;
                }

                scope.Set("kwargs", rest);
            }
            else if (named.Count > 0)
            {
                throw run.Fail($"macro '{name}' takes no argument '{named.Keys.First()}'");
            }

            return run.Capture(body);
        });
    }
}
