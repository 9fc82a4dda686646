using System.Globalization;
using System.Numerics;
using System.Text;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>Python's json.dumps, as the tojson filter of transformers calls it.</summary>
internal sealed class JsonText(Run run, bool ensureAscii, string? indent, string itemSeparator, string keySeparator, bool sortKeys)
{
    private readonly StringBuilder result = new();

    public string Write(object? value)
    {
        Append(value, 0);
        return result.ToString();
    }

    private void Append(object? value, int depth)
    {
        run.CheckNesting(depth);
        switch (value)
        {
            case string text:
                AppendString(text);
                break;
            case List<object?> list:
                AppendAll('[', ']', list, depth, Append);
                break;
            case object?[] tuple:
                AppendAll('[', ']', tuple, depth, Append);
                break;
            case Mapping mapping:
                var entries = mapping.Entries.ToList();
                AppendAll('{', '}', sortKeys ? StableSort.By(run, entries, mapping.Entries.Keys, descending: false) : entries, depth, (entry, inner) =>
                {
                    AppendString(entry.Key as string ?? Scalar(entry.Key)!);
                    result.Append(keySeparator);
                    Append(entry.Value, inner);
                });
                break;
            default:
                result.Append(Scalar(value) ?? throw run.Fail($"Object of type {Types.Name(value)} is not JSON serializable"));
                break;
        }
    }

    private static string? Scalar(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        long or BigInteger => string.Create(CultureInfo.InvariantCulture, $"{value}"),
        double.NaN => "NaN",
        double.PositiveInfinity => "Infinity",
        double.NegativeInfinity => "-Infinity",
        double number => PythonText.Float(number),
        _ => null,
    };

    private void AppendAll<T>(char begin, char end, IEnumerable<T> elements, int depth, Action<T, int> append)
    {
        result.Append(begin);
        var any = false;
        foreach (var element in elements)
        {
            result.Append(any ? itemSeparator : "");
            any = true;
            NewLine(depth + 1);
            append(element, depth + 1);
        }

        if (any)
        {
            NewLine(depth);
        }

        result.Append(end);
    }

    private void NewLine(int depth)
    {
        if (indent is not null)
        {
            run.Spend(1 + ((long)indent.Length * depth));
            result.Append('\n');
            for (var i = 0; i < depth; i++)
            {
                result.Append(indent);
            }
        }
    }

    private void AppendString(string text)
    {
        run.Spend(text.Length + 2);
        result.Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => result.Append("\\\""),
                '\\' => result.Append("\\\\"),
                '\n' => result.Append("\\n"),
                '\r' => result.Append("\\r"),
                '\t' => result.Append("\\t"),
                '\b' => result.Append("\\b"),
                '\f' => result.Append("\\f"),
                _ when c < ' ' || (ensureAscii && c > '~') => result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => result.Append(c),
            };
        }

        result.Append('"');
    }
}
