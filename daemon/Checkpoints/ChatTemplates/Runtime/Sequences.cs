using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>What Python's iter(), len() and in do.</summary>
internal static class Sequences
{
    /// <summary>Null when Python would say that the value is not iterable.</summary>
    public static IEnumerable<object?>? TryIterate(object? value) => value switch
    {
        List<object?> list => list,
        object?[] tuple => tuple,
        string text => CodePoints.Each(text),
        Mapping mapping => mapping.Entries.Keys,
        View view => view.Elements(),
        Progression range => range.Elements(),
        Generator generator => generator.Rest(),
        Undefined => [],
        _ => null,
    };

    public static IEnumerable<object?> Iterate(Run run, object? value) =>
        TryIterate(value) ?? throw run.Fail($"'{Types.Name(value)}' object is not iterable");

    /// <summary>Null when Python would say that the value has no len().</summary>
    public static long? TryCount(object? value) => value switch
    {
        List<object?> list => list.Count,
        object?[] tuple => tuple.Length,
        string text => CodePoints.Count(text),
        Mapping mapping => mapping.Entries.Count,
        View view => view.Of.Entries.Count,
        Progression range => range.Count,
        Loop loop => loop.Length(),
        Undefined => 0,
        _ => null,
    };

    public static long Count(Run run, object? value)
    {
        run.Spend(value is string text ? 1 + (text.Length / 64) : 1);
        return TryCount(value) ?? throw run.Fail($"object of type '{Types.Name(value)}' has no len()");
    }

    /// <summary>The elements in a new list, paid for.</summary>
    public static List<object?> ToList(Run run, object? value) => ToList(run, Iterate(run, value));

    public static List<object?> ToList(Run run, IEnumerable<object?> elements)
    {
        var result = new List<object?>();
        foreach (var element in elements)
        {
            run.Spend(Run.ElementCost);
            result.Add(element);
        }

        return result;
    }

    public static bool Contains(Run run, object? container, object? element)
    {
        switch (container)
        {
            case string text:
                return element is string part
                    ? TextSearch.IndexOf(run, text, part, 0) >= 0
                    : throw run.Fail($"'in <string>' requires string as left operand, not {Types.Name(element)}");
            case Mapping mapping:
                return ContainsKey(run, mapping, element);
            case View { Kind: ViewKind.Keys } keys:
                return ContainsKey(run, keys.Of, element);
            case null or bool or long or double:
                throw run.Fail($"argument of type '{Types.Name(container)}' is not iterable");
            default:
                foreach (var candidate in Iterate(run, container))
                {
                    if (Operators.Equal(run, candidate, element))
                    {
                        return true;
                    }
                }

                return false;
        }
    }

    /// <summary>A key that cannot be one here (None, a tuple) is in no dict, because none was let in.</summary>
    private static bool ContainsKey(Run run, Mapping mapping, object? key) => key is List<object?> or Mapping
        ? throw run.Fail($"unhashable type: '{Types.Name(key)}'")
        : (key is string || Numbers.IsNumber(key)) && mapping.Entries.ContainsKey(key!);
}
