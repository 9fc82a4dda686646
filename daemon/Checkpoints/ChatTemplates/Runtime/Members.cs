using System.Numerics;
using MoeDevtools.Checkpoints.ChatTemplates.Library;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary><c>value.name</c>, <c>value[index]</c> and slices, as Jinja resolves them: a dot prefers methods, brackets prefer entries.</summary>
internal static class Members
{
    public static object? Attribute(Run run, object? value, string name) => Fails(run, value) ?? (
        TryAttribute(value, name, out var attribute) ? attribute
        : value is Mapping mapping && mapping.Entries.TryGetValue(name, out var entry) ? entry
        : Missing(value, name));

    /// <summary>Python's getattr alone, without the entries of a dict.</summary>
    public static bool TryAttribute(object? value, string name, out object? attribute)
    {
        attribute = null;
        switch (value)
        {
            case Namespace space:
                return space.Attributes.Entries.TryGetValue(name, out attribute);
            case Loop loop:
                return loop.TryGet(name, out attribute);
            default:
                attribute = Methods.Find(value, name);
                return attribute is not null;
        }
    }

    public static object? Item(Run run, object? value, object? index)
    {
        _ = Fails(run, value);
        switch (value)
        {
            case Mapping mapping when (index is string || Numbers.IsNumber(index)) && mapping.Entries.TryGetValue(index!, out var entry):
                return entry;
            case List<object?> or object?[] or string or Progression when index is long or bool:
                return Element(run, value, Numbers.ToLong(index)) is { Found: true } element ? element.Value : Missing(value, index);
            default:
                return index is string name && TryAttribute(value, name, out var attribute) ? attribute : Missing(value, index);
        }
    }

    /// <summary>An element by its number, counted from the end when negative.</summary>
    private static (bool Found, object? Value) Element(Run run, object value, long index)
    {
        if (value is string simple && !CodePoints.IsSimple(simple))
        {
            run.Spend(simple.Length);
        }

        var count = Sequences.Count(run, value);
        index += index < 0 ? count : 0;
        if (index < 0 || index >= count)
        {
            return (false, null);
        }

        return (true, value switch
        {
            List<object?> list => list[(int)index],
            object?[] tuple => tuple[index],
            string text => CodePoints.At(text, CodePoints.Offset(text, index)),
            _ => ((Progression)value)[index],
        });
    }

    public static object? Slice(Run run, object? value, object? start, object? stop, object? step)
    {
        _ = Fails(run, value);
        if (value is not (string or List<object?> or object?[] or Progression))
        {
            throw run.Fail($"'{Types.Name(value)}' object cannot be sliced");
        }

        var stride = Bound(run, step) ?? 1;
        if (stride == 0)
        {
            throw run.Fail("slice step cannot be zero");
        }

        var count = Sequences.Count(run, value);
        var first = Clamp(Bound(run, start) ?? (stride > 0 ? 0 : long.MaxValue), count, stride);
        var last = stop is null && stride < 0 ? -1 : Clamp(Bound(run, stop) ?? long.MaxValue, count, stride);
        var picked = new Progression(first, last, stride);
        run.Spend(picked.Count * (value is string ? 1 : Run.ElementCost));
        switch (value)
        {
            case string text when stride == 1:
                var begin = CodePoints.Offset(text, first);
                return last <= first ? "" : text[begin..CodePoints.Offset(text, last)];
            case string text:
                var points = CodePoints.Each(text).ToArray();
                run.Spend(text.Length);
                return string.Concat(picked.Elements().Select(i => points[(long)i!]));
            case List<object?> list:
                return picked.Elements().Select(i => list[(int)(long)i!]).ToList();
            case object?[] tuple:
                return picked.Elements().Select(i => tuple[(long)i!]).ToArray();
            default:
                return picked.Elements().Select(i => (object?)((Progression)value)[(long)i!]).ToList();
        }
    }

    private static long? Bound(Run run, object? bound) => bound switch
    {
        null => null,
        // Half of the range leaves room for the length of what is sliced and for the stride.
        BigInteger big => big.Sign * (long.MaxValue / 4),
        long or bool => Math.Clamp(Numbers.ToLong(bound), -long.MaxValue / 4, long.MaxValue / 4),
        Undefined missing => throw run.Fail(missing.Reason),
        _ => throw run.Fail("slice indices must be integers"),
    };

    private static long Clamp(long index, long count, long stride)
    {
        index += index < 0 ? count : 0;
        return stride > 0 ? Math.Clamp(index, 0, count) : Math.Clamp(index, -1, count - 1);
    }

    /// <summary>A dotted path as map, selectattr and sort take it; whole numbers in it are indices.</summary>
    public static object? Path(Run run, object? value, object? path)
    {
        if (path is not string text)
        {
            return Item(run, value, path);
        }

        foreach (var part in text.Split('.'))
        {
            value = Item(run, value, part.Length > 0 && part.All(char.IsAsciiDigit) && long.TryParse(part, out var index) ? index : part);
        }

        return value;
    }

    private static object? Fails(Run run, object? value)
    {
        run.Spend(1);
        return value is Undefined missing ? throw run.Fail(missing.Reason) : null;
    }

    private static Undefined Missing(object? value, object? index)
    {
        var owner = value is null ? "None" : $"'{Types.Name(value)} object'";
        return new Undefined(index is string name ? $"{owner} has no attribute '{name}'" : $"{owner} has no element {index}");
    }
}
