using System.Text;
using MoeDevtools.Checkpoints.ChatTemplates.Runtime;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Library;

/// <summary>Filters that take elements from a value, choose among them, or order them.</summary>
internal static class ElementFilters
{
    public static readonly Filter[] All =
    [
        new("default", "default_value? boolean?", Default),
        new("d", "default_value? boolean?", Default),
        new("length", "", (run, value, _) => Sequences.Count(run, value)),
        new("count", "", (run, value, _) => Sequences.Count(run, value)),
        new("first", "", (run, value, _) => Sequences.Iterate(run, value).Append(new Undefined("No first item, sequence was empty.")).First()),
        new("last", "", Last),
        new("list", "", (run, value, _) => Sequences.ToList(run, value)),
        new("items", "", Items),
        new("attr", "name", (run, value, a) => Members.TryAttribute(value, a.Text(0), out var attribute)
            ? attribute
            : new Undefined($"'{Types.Name(value)} object' has no attribute '{a.Text(0)}'")),
        new("join", "d? attribute?", Join),
        new("reverse", "", Reverse),
        new("sort", "reverse? case_sensitive? attribute?", Sort),
        new("dictsort", "case_sensitive? by? reverse?", DictSort),
        new("unique", "case_sensitive? attribute?", (run, value, a) => new Generator(run, Unique(run, value, a))),
        new("min", "case_sensitive? attribute?", (run, value, a) => Extreme(run, value, a, "<")),
        new("max", "case_sensitive? attribute?", (run, value, a) => Extreme(run, value, a, ">")),
        new("sum", "attribute? start?", Sum),
        new("batch", "linecount fill_with?", (run, value, a) => new Generator(run, Batch(run, value, a))),
        new("map", Map),
        new("select", (run, value, call) => Choose(run, value, call, wanted: true, byAttribute: false)),
        new("reject", (run, value, call) => Choose(run, value, call, wanted: false, byAttribute: false)),
        new("selectattr", (run, value, call) => Choose(run, value, call, wanted: true, byAttribute: true)),
        new("rejectattr", (run, value, call) => Choose(run, value, call, wanted: false, byAttribute: true)),
    ];

    private static object? Default(Run run, object? value, Arguments a) =>
        value is Undefined || (a.Flag(1, false) && !Operators.Truth(value)) ? a.Or(0, "") : value;

    private static object? Last(Run run, object? value, Arguments a)
    {
        if (value is Generator)
        {
            throw run.Fail("'generator' object is not reversible");
        }

        run.Spend(Sequences.TryCount(value) ?? 0);
        return Sequences.Iterate(run, value).Prepend(new Undefined("No last item, sequence was empty.")).Last();
    }

    private static object? Items(Run run, object? value, Arguments a) => value switch
    {
        Undefined => new Generator(run, []),
        Mapping mapping => new Generator(run, new View(mapping, ViewKind.Items).Elements()),
        _ => throw run.Fail($"items needs a mapping, not {Types.Name(value)}"),
    };

    private static object? Join(Run run, object? value, Arguments a)
    {
        var separator = PythonText.Str(run, a.Or(0, ""));
        var result = new StringBuilder();
        var first = true;
        foreach (var element in Sequences.Iterate(run, value))
        {
            var text = PythonText.Str(run, a.Or(1, null) is { } path ? Members.Path(run, element, path) : element);
            run.Spend(1 + text.Length + separator.Length);
            result.Append(first ? "" : separator).Append(text);
            first = false;
        }

        return result.ToString();
    }

    private static object? Reverse(Run run, object? value, Arguments a)
    {
        if (value is string text)
        {
            run.Spend(text.Length);
            return CodePoints.Reversed(text);
        }

        var elements = Sequences.ToList(run, value);
        elements.Reverse();
        // Python copies what it cannot walk backwards, and gives that copy.
        return value is Generator ? elements : new Generator(run, elements);
    }

    private static object? Sort(Run run, object? value, Arguments a)
    {
        var paths = a.Or(2, null) switch
        {
            null => [],
            string text => text.Split(','),
            var index => new object?[] { index },
        };
        var elements = Sequences.ToList(run, value);
        var caseSensitive = a.Flag(1, false);
        return Sorted(run, elements, element => paths.Length switch
        {
            0 => Key(element, caseSensitive),
            1 => Key(Members.Path(run, element, paths[0]), caseSensitive),
            _ => paths.Select(path => Key(Members.Path(run, element, path), caseSensitive)).ToArray(),
        }, a.Flag(0, false));
    }

    private static object? DictSort(Run run, object? value, Arguments a)
    {
        var mapping = value as Mapping ?? throw run.Fail($"dictsort needs a dict, not {Types.Name(value)}");
        var by = a.Has(1) ? a.Text(1) : "key";
        if (by is not ("key" or "value"))
        {
            throw run.Fail("dictsort: by must be 'key' or 'value'");
        }

        var caseSensitive = a.Flag(0, false);
        var elements = Sequences.ToList(run, new View(mapping, ViewKind.Items).Elements());
        return Sorted(run, elements, pair => Key(((object?[])pair!)[by == "key" ? 0 : 1], caseSensitive), a.Flag(2, false));
    }

    private static List<object?> Sorted(Run run, List<object?> elements, Converter<object?, object?> key, bool descending) =>
        StableSort.By(run, elements, elements.ConvertAll(key), descending);

    private static object? Key(object? value, bool caseSensitive) => value is string text && !caseSensitive ? Casing.Lower(text) : value;

    private static IEnumerable<object?> Unique(Run run, object? value, Arguments a)
    {
        var seen = new HashSet<object>(KeyComparer.Instance);
        var seenNone = false;
        foreach (var element in Sequences.Iterate(run, value))
        {
            run.Spend(Run.ElementCost);
            var key = Key(a.Or(1, null) is { } path ? Members.Path(run, element, path) : element, a.Flag(0, false));
            if (key is not null && key is not string && !Numbers.IsNumber(key))
            {
                throw run.Fail($"unique compares strings and numbers here, not {Types.Name(key)}");
            }

            if (key is null ? !seenNone : seen.Add(key))
            {
                seenNone |= key is null;
                yield return element;
            }
        }
    }

    private static object? Extreme(Run run, object? value, Arguments a, string symbol)
    {
        object? best = new Undefined("No aggregated item, sequence was empty.");
        object? bestKey = null;
        var first = true;
        foreach (var element in Sequences.Iterate(run, value))
        {
            var key = Key(a.Or(1, null) is { } path ? Members.Path(run, element, path) : element, a.Flag(0, false));
            if (first || Operators.Ordered(run, symbol, key, bestKey))
            {
                (best, bestKey, first) = (element, key, false);
            }
        }

        return best;
    }

    private static object? Sum(Run run, object? value, Arguments a)
    {
        var total = a.Or(1, 0L);
        if (total is string)
        {
            throw run.Fail("sum cannot add strings, use join");
        }

        foreach (var element in Sequences.Iterate(run, value))
        {
            run.Spend(1);
            total = Operators.Binary(run, "+", total, a.Or(0, null) is { } path ? Members.Path(run, element, path) : element);
        }

        return total;
    }

    private static IEnumerable<object?> Batch(Run run, object? value, Arguments a)
    {
        var size = a.Int(0);
        var line = new List<object?>();
        foreach (var element in Sequences.Iterate(run, value))
        {
            run.Spend(Run.ElementCost);
            if (line.Count == size)
            {
                yield return line;
                line = [];
            }

            line.Add(element);
        }

        if (line.Count > 0)
        {
            if (a.Or(1, null) is { } fill && line.Count < size)
            {
                run.Spend(Run.ElementCost * (size - line.Count));
                line.AddRange(Enumerable.Repeat<object?>(fill, (int)size - line.Count));
            }

            yield return line;
        }
    }

    private static Generator Map(Run run, object? value, Call call)
    {
        Func<object?, object?> body;
        if (call.Positional.Count == 0)
        {
            var attribute = call.Named.FindIndex(pair => pair.Key == "attribute");
            var fallback = call.Named.FindIndex(pair => pair.Key == "default");
            if (attribute < 0 || call.Named.Count > (fallback < 0 ? 1 : 2))
            {
                throw run.Fail("map needs the name of a filter, or attribute='...' and perhaps default='...'");
            }

            var path = call.Named[attribute].Value;
            body = element => Members.Path(run, element, path) is var found && found is Undefined && fallback >= 0 ? call.Named[fallback].Value : found;
        }
        else
        {
            var name = call.Positional[0] as string ?? throw run.Fail("map: the name of a filter must be a string");
            if (!Filters.All.TryGetValue(name, out var filter))
            {
                throw run.Unknown("filter", name);
            }

            var arguments = new Call([.. call.Positional.Skip(1)], call.Named);
            body = element => filter.Apply(run, element, arguments);
        }

        return new Generator(run, Sequences.Iterate(run, value).Select(body));
    }

    private static Generator Choose(Run run, object? value, Call call, bool wanted, bool byAttribute)
    {
        var arguments = call.Positional;
        object? path = null;
        if (byAttribute)
        {
            path = arguments.Count > 0 ? arguments[0] : throw run.Fail("selectattr and rejectattr need the name of an attribute");
            arguments = arguments[1..];
        }

        Func<object?, bool> holds = Operators.Truth;
        if (arguments.Count > 0)
        {
            var name = arguments[0] as string ?? throw run.Fail("the name of a test must be a string");
            if (!Tests.All.TryGetValue(name, out var test))
            {
                throw run.Unknown("test", name);
            }

            var rest = new Call(arguments[1..], call.Named);
            holds = element => Operators.Truth(test.Apply(run, element, rest));
        }

        return new Generator(run, Sequences.Iterate(run, value).Where(element => holds(byAttribute ? Members.Path(run, element, path) : element) == wanted));
    }
}
