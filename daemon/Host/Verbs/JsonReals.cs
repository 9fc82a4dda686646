using System.Text.Json;

namespace MoeDevtools.Host.Verbs;

/// <summary>Real numbers in JSON: shortest digits that read back equal; <c>"NaN"</c>, <c>"Infinity"</c>, <c>"-Infinity"</c> as strings.</summary>
internal static class JsonReals
{
    public static void WriteReal(this Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        json.WriteRealValue(value);
    }

    public static void WriteReal(this Utf8JsonWriter json, string name, float value)
    {
        json.WritePropertyName(name);
        json.WriteRealValue(value);
    }

    /// <summary>Null where there is no value.</summary>
    public static void WriteReal(this Utf8JsonWriter json, string name, double? value)
    {
        json.WritePropertyName(name);
        if (value is { } known)
        {
            json.WriteRealValue(known);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    public static void WriteReals(this Utf8JsonWriter json, string name, ReadOnlySpan<float> values)
    {
        json.WriteStartArray(name);
        foreach (float value in values)
        {
            json.WriteRealValue(value);
        }

        json.WriteEndArray();
    }

    public static void WriteRealValue(this Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteStringValue(Word(value));
        }
    }

    /// <summary>Apart from the double overload: widened, 0.3f would be written as 0.30000001192092896.</summary>
    public static void WriteRealValue(this Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteStringValue(Word(value));
        }
    }

    private static string Word(double value) => double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}
