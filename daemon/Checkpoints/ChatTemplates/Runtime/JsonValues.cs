using System.Globalization;
using System.Numerics;
using System.Text.Json;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>JSON as Python's json.loads gives it.</summary>
internal sealed class JsonValues(Run run)
{
    public object? Read(JsonElement element) => Read(element, 0);

    private object? Read(JsonElement element, int depth)
    {
        run.CheckNesting(depth);
        switch (element.ValueKind)
        {
            case JsonValueKind.Null or JsonValueKind.Undefined:
                return null;
            case JsonValueKind.True or JsonValueKind.False:
                return element.GetBoolean();
            case JsonValueKind.Number:
                return Number(element);
            case JsonValueKind.String:
                return Text(element.GetString);
            case JsonValueKind.Array:
                var list = new List<object?>(element.GetArrayLength());
                foreach (var item in element.EnumerateArray())
                {
                    list.Add(Read(item, depth + 1));
                }

                return list;
            default:
                var mapping = new Mapping();
                foreach (var property in element.EnumerateObject())
                {
                    mapping.Entries[Text(() => property.Name)!] = Read(property.Value, depth + 1);
                }

                return mapping;
        }
    }

    private object Number(JsonElement element)
    {
        var text = element.GetRawText();
        if (text.AsSpan().IndexOfAny('.', 'e', 'E') >= 0)
        {
            return double.Parse(text, CultureInfo.InvariantCulture);
        }

        return text.Length <= 4300
            ? Numbers.Normalize(BigInteger.Parse(text, CultureInfo.InvariantCulture))
            : throw run.Fail("a number of more than 4300 digits in the messages or variables");
    }

    private string? Text(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException problem)
        {
            // The one way in which a parsed JSON string can fail: an escape that is half of a surrogate pair.
            throw run.Fail($"a text in the messages or variables is no Unicode ({problem.Message.TrimEnd('.')})");
        }
    }
}
