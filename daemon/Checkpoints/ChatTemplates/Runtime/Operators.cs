using System.Numerics;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>Python's operators.</summary>
internal static class Operators
{
    public static bool Truth(object? value) => value switch
    {
        null or Undefined => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        List<object?> list => list.Count > 0,
        object?[] tuple => tuple.Length > 0,
        Mapping mapping => mapping.Entries.Count > 0,
        View view => view.Of.Entries.Count > 0,
        Progression range => range.Count > 0,
        _ => true,
    };

    public static object? Binary(Run run, string symbol, object? left, object? right)
    {
        if ((left is Undefined ? left : right) is Undefined missing)
        {
            throw run.Fail(missing.Reason);
        }

        if (Numbers.IsNumber(left) && Numbers.IsNumber(right))
        {
            return Numbers.Calculate(run, symbol, left!, right!);
        }

        switch (symbol, left, right)
        {
            case ("+", string a, string b):
                run.Spend((long)a.Length + b.Length);
                return a + b;
            case ("+", List<object?> a, List<object?> b):
                run.Spend((long)Run.ElementCost * (a.Count + b.Count));
                return new List<object?>([.. a, .. b]);
            case ("+", object?[] a, object?[] b):
                run.Spend((long)Run.ElementCost * (a.Length + b.Length));
                return (object?[])[.. a, .. b];
            case ("%", string format, _):
                return PercentFormat.Apply(run, format, right);
            case ("*", string or List<object?> or object?[], long or bool):
                return Repeat(run, left, Numbers.ToLong(right));
            case ("*", long or bool, string or List<object?> or object?[]):
                return Repeat(run, right, Numbers.ToLong(left));
            default:
                throw run.Fail($"unsupported operand types for {symbol}: '{Types.Name(left)}' and '{Types.Name(right)}'");
        }
    }

    private static object Repeat(Run run, object value, long count)
    {
        count = Math.Max(0, count);
        var unit = value is string s ? s.Length : Run.ElementCost * (value is List<object?> l ? l.Count : ((object?[])value).Length);
        run.Spend((long)BigInteger.Min((BigInteger)count * unit, long.MaxValue / 2));
        if (unit == 0 || count == 0)
        {
            return value is string ? "" : value is List<object?> ? new List<object?>() : Array.Empty<object?>();
        }

        return value switch
        {
            string text => string.Concat(Enumerable.Repeat(text, (int)count)),
            List<object?> list => Enumerable.Repeat(list, (int)count).SelectMany(part => part).ToList(),
            _ => Enumerable.Repeat((object?[])value, (int)count).SelectMany(part => part).ToArray(),
        };
    }

    public static object Negate(Run run, object? value) => value switch
    {
        double number => -number,
        Undefined missing => throw run.Fail(missing.Reason),
        _ when Numbers.IsInt(value) => Numbers.Normalize(-Numbers.ToBig(value!)),
        _ => throw run.Fail($"bad operand type for unary -: '{Types.Name(value)}'"),
    };

    public static object Plus(Run run, object? value) => value switch
    {
        double => value,
        Undefined missing => throw run.Fail(missing.Reason),
        _ when Numbers.IsInt(value) => Numbers.Normalize(Numbers.ToBig(value!)),
        _ => throw run.Fail($"bad operand type for unary +: '{Types.Name(value)}'"),
    };

    public static bool Equal(Run run, object? left, object? right, int depth = 0)
    {
        run.CheckNesting(depth);
        switch (left, right)
        {
            case (string a, string b):
                return a == b;
            case (Undefined, Undefined):
                return true;
            case (List<object?> a, List<object?> b):
                return Equal(run, a, b, depth);
            case (object?[] a, object?[] b):
                return Equal(run, (IList<object?>)a, b, depth);
            case (Mapping a, Mapping b):
                return a.Entries.Count == b.Entries.Count
                    && a.Entries.All(entry => b.Entries.TryGetValue(entry.Key, out var other) && Equal(run, entry.Value, other, depth + 1));
            case (Progression a, Progression b):
                return a.Count == b.Count && (a.Count == 0 || (a.Start == b.Start && (a.Count == 1 || a.Step == b.Step)));
            default:
                return Numbers.IsNumber(left) && Numbers.IsNumber(right) ? Numbers.Compare(left!, right!) == 0 : ReferenceEquals(left, right);
        }
    }

    private static bool Equal(Run run, IList<object?> left, IList<object?> right, int depth)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        for (var i = 0; i < left.Count; i++)
        {
            if (!Equal(run, left[i], right[i], depth + 1))
            {
                return false;
            }
        }

        return true;
    }

    public static bool Ordered(Run run, string symbol, object? left, object? right) => Compare(run, symbol, left, right, 0) is { } order && symbol switch
    {
        "<" => order < 0,
        "<=" => order <= 0,
        ">" => order > 0,
        _ => order >= 0,
    };

    /// <summary>Null when NaN is one of them.</summary>
    public static int? Compare(Run run, string symbol, object? left, object? right, int depth)
    {
        run.CheckNesting(depth);
        switch (left, right)
        {
            case (string a, string b):
                run.Spend(Math.Min(a.Length, b.Length) / 16);
                return CodePoints.Compare(a, b);
            case (List<object?> a, List<object?> b):
                return Compare(run, symbol, a, b, depth);
            case (object?[] a, object?[] b):
                return Compare(run, symbol, (IList<object?>)a, b, depth);
            default:
                return Numbers.IsNumber(left) && Numbers.IsNumber(right)
                    ? Numbers.Compare(left!, right!)
                    : throw run.Fail((left is Undefined ? left : right) is Undefined missing
                        ? missing.Reason
                        : $"'{symbol}' is not supported between '{Types.Name(left)}' and '{Types.Name(right)}'");
        }
    }

    private static int? Compare(Run run, string symbol, IList<object?> left, IList<object?> right, int depth)
    {
        for (var i = 0; i < Math.Min(left.Count, right.Count); i++)
        {
            if (!Equal(run, left[i], right[i], depth + 1))
            {
                return Compare(run, symbol, left[i], right[i], depth + 1);
            }
        }

        return left.Count.CompareTo(right.Count);
    }
}
