using MoeDevtools.Checkpoints.ChatTemplates.Runtime;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Library;

/// <summary>Methods of strings, lists, tuples and dicts.</summary>
internal static class Methods
{
    /// <summary>Methods that change their value; the sandbox of transformers refuses them, and so values never change here.</summary>
    private static readonly HashSet<string> ListChanges = ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"];

    private static readonly HashSet<string> DictChanges = ["clear", "pop", "popitem", "setdefault", "update"];

    private static readonly Dictionary<string, Routine> Sequence = new Routine[]
    {
        new("count", "value", (run, value, a) => (long)((IList<object?>)value!).Count(element => Operators.Equal(run, element, a[0]))),
        new("index", "value start? stop?", Index),
        new("copy", "", (run, value, _) => Sequences.ToList(run, value)),
    }.ToDictionary(method => method.Name);

    private static readonly Dictionary<string, Routine> Dict = new Routine[]
    {
        new("get", "key default?", (run, value, a) => Get(run, (Mapping)value!, a)),
        new("items", "", (_, value, _) => new View((Mapping)value!, ViewKind.Items)),
        new("keys", "", (_, value, _) => new View((Mapping)value!, ViewKind.Keys)),
        new("values", "", (_, value, _) => new View((Mapping)value!, ViewKind.Values)),
        new("copy", "", (run, value, _) => Globals.All["dict"].Invoke(run, Call.With(value))),
    }.ToDictionary(method => method.Name);

    /// <summary>Whether any value has a method of this name.</summary>
    public static bool Exists(string name) => StringMethods.All.ContainsKey(name) || name == "format" || Sequence.ContainsKey(name)
        || Dict.ContainsKey(name) || ListChanges.Contains(name) || DictChanges.Contains(name) || name is "cycle" or "changed" or "is_integer";

    /// <summary>The method bound to its value, or null.</summary>
    public static Function? Find(object? value, string name)
    {
        switch (value)
        {
            case string text when name == "format":
                return new Function(name, (run, call) => BraceFormat.Apply(run, text, call));
            case string:
                return Bound(StringMethods.All, value, name);
            case List<object?> when ListChanges.Contains(name):
            case Mapping when DictChanges.Contains(name):
                return new Function(name, (run, _) => throw run.Fail(
                    $"{Types.Name(value)}.{name} would change a value, which the sandbox of transformers refuses"));
            case List<object?>:
                return Bound(Sequence, value, name);
            case object?[]:
                return name == "copy" ? null : Bound(Sequence, value, name);
            case Mapping:
                return Bound(Dict, value, name);
            case double number when name == "is_integer":
                return new Function(name, (_, _) => number == Math.Floor(number));
            default:
                return null;
        }
    }

    private static Function? Bound(IReadOnlyDictionary<string, Routine> methods, object? value, string name) =>
        methods.TryGetValue(name, out var method) ? new Function(name, (run, call) => method.Apply(run, value, call)) : null;

    private static object? Get(Run run, Mapping mapping, Arguments a) =>
        Sequences.Contains(run, mapping, a[0]) ? mapping.Entries[a[0]!] : a.Or(1, null);

    private static object? Index(Run run, object? value, Arguments a)
    {
        var list = (IList<object?>)value!;
        var (start, stop) = (a.Int(1, 0), a.Int(2, long.MaxValue));
        start += start < 0 ? list.Count : 0;
        stop += stop < 0 ? list.Count : 0;
        for (var i = Math.Max(0, start); i < Math.Min(list.Count, stop); i++)
        {
            if (Operators.Equal(run, list[(int)i], a[0]))
            {
                return i;
            }
        }

        throw run.Fail("the value is not in the list");
    }
}
