using MoeDevtools.Checkpoints.ChatTemplates.Runtime;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Library;

/// <summary>What may stand after <c>is</c>.</summary>
internal static class Tests
{
    public static readonly IReadOnlyDictionary<string, Routine> All = ((Routine[])
    [
        new("defined", "", (_, value, _) => value is not Undefined),
        new("undefined", "", (_, value, _) => value is Undefined),
        new("none", "", (_, value, _) => value is null),
        new("boolean", "", (_, value, _) => value is bool),
        new("true", "", (_, value, _) => value is true),
        new("false", "", (_, value, _) => value is false),
        new("integer", "", (_, value, _) => Numbers.IsInt(value) && value is not bool),
        new("float", "", (_, value, _) => value is double),
        new("number", "", (_, value, _) => Numbers.IsNumber(value)),
        new("string", "", (_, value, _) => value is string),
        new("mapping", "", (_, value, _) => value is Mapping),
        new("iterable", "", (_, value, _) => Sequences.TryIterate(value) is not null),
        new("sequence", "", (_, value, _) => value is string or List<object?> or object?[] or Mapping or Progression or Undefined),
        new("callable", "", (_, value, _) => value is Function or Undefined or Loop),
        new("lower", "", (run, value, _) => PythonText.Str(run, value) is var text && StringMethods.IsCased(text, upper: false)),
        new("upper", "", (run, value, _) => PythonText.Str(run, value) is var text && StringMethods.IsCased(text, upper: true)),
        new("odd", "", (run, value, _) => Remainder(run, value, 2L) is not (0L or 0.0)),
        new("even", "", (run, value, _) => Remainder(run, value, 2L) is 0L or 0.0),
        new("divisibleby", "num", (run, value, a) => Remainder(run, value, a[0]) is 0L or 0.0),
        new("in", "seq", (run, value, a) => Sequences.Contains(run, a[0], value)),
        new("sameas", "other", (_, value, a) => ReferenceEquals(value, a[0])
            || (value?.GetType() == a[0]?.GetType() && value is bool or string or long && Equals(value, a[0]))),
        new("filter", "", (_, value, _) => value is string name && Filters.All.ContainsKey(name)),
        new("test", "", (_, value, _) => value is string name && All!.ContainsKey(name)),
        .. Comparison((run, value, other) => Operators.Equal(run, value, other), "eq", "==", "equalto"),
        .. Comparison((run, value, other) => !Operators.Equal(run, value, other), "ne", "!="),
        .. Comparison((run, value, other) => Operators.Ordered(run, ">", value, other), "gt", ">", "greaterthan"),
        .. Comparison((run, value, other) => Operators.Ordered(run, ">=", value, other), "ge", ">="),
        .. Comparison((run, value, other) => Operators.Ordered(run, "<", value, other), "lt", "<", "lessthan"),
        .. Comparison((run, value, other) => Operators.Ordered(run, "<=", value, other), "le", "<="),
    ]).ToDictionary(test => test.Name);

    private static IEnumerable<Routine> Comparison(Func<Run, object?, object?, bool> body, params string[] names) =>
        names.Select(name => new Routine(name, "other", (run, value, a) => body(run, value, a[0])));

    private static object Remainder(Run run, object? value, object? divisor) =>
        Numbers.IsNumber(value) && Numbers.IsNumber(divisor)
            ? Operators.Binary(run, "%", value, divisor)!
            : throw run.Fail(value is Undefined missing ? missing.Reason : $"{Types.Name(value)} is no number to divide");
}
