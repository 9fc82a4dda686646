using System.Buffers;
using System.Text;
using System.Text.Json;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Traces.Storage;

/// <summary>A router's rule, aliases and sources as JSON: every parameter by its name in snake case, enums by their stored number.</summary>
internal static class RouterJson
{
    public static string Write(RouterRule rule) => Text(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("experts", rule.Experts);
        json.WriteNumber("k", rule.K);
        json.WriteNumber("scores", (int)rule.Scores);
        json.WriteNumber("ranks", (int)rule.Ranks);
        if (rule.Bias is { } bias)
        {
            json.WriteStartArray("bias");
            foreach (var b in bias) Real(json, b);
            json.WriteEndArray();
        }
        json.WriteNumber("groups", rule.Groups);
        json.WriteNumber("groups_kept", rule.GroupsKept);
        json.WriteNumber("group_score_experts", rule.GroupScoreExperts);
        Real(json, "group_fill", rule.GroupFill);
        json.WriteNumber("weights", (int)rule.Weights);
        Real(json, "jitter", rule.Jitter);
        json.WriteBoolean("normalise", rule.Normalise);
        Real(json, "normalise_power", rule.NormalisePower);
        Real(json, "normalise_epsilon", rule.NormaliseEpsilon);
        Real(json, "normalise_floor", rule.NormaliseFloor);
        Real(json, "scale", rule.Scale);
        Real(json, "output_factor", rule.OutputFactor);
        json.WriteBoolean("weighs_input", rule.WeighsInput);
        if (rule.Capacity is { } capacity) json.WriteNumber("capacity", capacity);
        if (rule.IdentityExperts > 0) json.WriteNumber("identity_experts", rule.IdentityExperts);
        json.WriteEndObject();
    });

    /// <exception cref="JsonException">Not what <see cref="Write(RouterRule)"/> writes.</exception>
    public static RouterRule ReadRule(string text)
    {
        using var document = JsonDocument.Parse(text);
        var json = document.RootElement;
        try
        {
            return new RouterRule
            {
                Experts = json.GetProperty("experts").GetInt32(),
                K = json.GetProperty("k").GetInt32(),
                Scores = (ScoreFunction)json.GetProperty("scores").GetInt32(),
                Ranks = (RankedValues)json.GetProperty("ranks").GetInt32(),
                Bias = json.TryGetProperty("bias", out var bias) ? [.. bias.EnumerateArray().Select(Real)] : null,
                Groups = json.GetProperty("groups").GetInt32(),
                GroupsKept = json.GetProperty("groups_kept").GetInt32(),
                GroupScoreExperts = json.GetProperty("group_score_experts").GetInt32(),
                GroupFill = Real(json.GetProperty("group_fill")),
                Weights = (WeightFunction)json.GetProperty("weights").GetInt32(),
                Jitter = Real(json.GetProperty("jitter")),
                Normalise = json.GetProperty("normalise").GetBoolean(),
                NormalisePower = Real(json.GetProperty("normalise_power")),
                NormaliseEpsilon = Real(json.GetProperty("normalise_epsilon")),
                NormaliseFloor = Real(json.GetProperty("normalise_floor")),
                Scale = Real(json.GetProperty("scale")),
                OutputFactor = Real(json.GetProperty("output_factor")),
                WeighsInput = json.GetProperty("weighs_input").GetBoolean(),
                Capacity = json.TryGetProperty("capacity", out var capacity) ? capacity.GetInt32() : null,
                IdentityExperts = json.TryGetProperty("identity_experts", out var identities) ? identities.GetInt32() : 0,
            };
        }
        catch (Exception wrong) when (wrong is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new JsonException(wrong.Message, wrong);
        }
    }

    public static string Write(IEnumerable<string> names) => Text(json =>
    {
        json.WriteStartArray();
        foreach (var name in names) json.WriteStringValue(name);
        json.WriteEndArray();
    });

    public static IReadOnlyList<string> ReadNames(string text)
    {
        using var document = JsonDocument.Parse(text);
        return [.. document.RootElement.EnumerateArray().Select(e => e.GetString()!)];
    }

    public static string Write(IEnumerable<RouterSource> sources) => Text(json =>
    {
        json.WriteStartArray();
        foreach (var source in sources)
        {
            json.WriteStartObject();
            json.WriteString("path", source.Path);
            json.WriteNumber("line", source.Line);
            json.WriteString("what", source.IsCall ? "call" : "forward");
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    /// <exception cref="JsonException">Not what <see cref="Write(IEnumerable{RouterSource})"/> writes.</exception>
    public static IReadOnlyList<RouterSource> ReadSources(string text)
    {
        using var document = JsonDocument.Parse(text);
        try
        {
            return [.. document.RootElement.EnumerateArray().Select(s => new RouterSource(s.GetProperty("path").GetString()!, s.GetProperty("line").GetInt32(), s.GetProperty("what").GetString() == "call"))];
        }
        catch (Exception wrong) when (wrong is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new JsonException(wrong.Message, wrong);
        }
    }

    /// <summary>Texts of a few rows: <c>{"3": "text", "4": null}</c>.</summary>
    public static string Write(IReadOnlyList<(int Row, string? Text)> rows) => Text(json =>
    {
        json.WriteStartObject();
        foreach (var (row, text) in rows) json.WriteString(row.ToString(System.Globalization.CultureInfo.InvariantCulture), text);
        json.WriteEndObject();
    });

    /// <summary>Puts the texts of a few rows to their places.</summary>
    public static void ReadRows(string text, Span<string?> rows)
    {
        using var document = JsonDocument.Parse(text);
        foreach (var row in document.RootElement.EnumerateObject())
            if (int.TryParse(row.Name, out var i) && (uint)i < (uint)rows.Length) rows[i] = row.Value.GetString();
    }

    private static string Text(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) write(json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>JSON has no infinities: they are words, as Python's float() reads them.</summary>
    private static void Real(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value)) json.WriteNumberValue(value);
        else json.WriteStringValue(float.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf");
    }

    private static void Real(Utf8JsonWriter json, string name, float value)
    {
        json.WritePropertyName(name);
        Real(json, value);
    }

    private static float Real(JsonElement json) => json.ValueKind != JsonValueKind.String ? json.GetSingle() : json.GetString() switch
    {
        "inf" => float.PositiveInfinity,
        "-inf" => float.NegativeInfinity,
        _ => float.NaN,
    };
}
