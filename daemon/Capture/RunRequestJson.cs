using System.Text;
using System.Text.Json;

namespace MoeDevtools.Capture;

/// <summary>How a run was asked for, as a recording keeps it; sequences are kept apart.</summary>
internal static class RunRequestJson
{
    public static string Write(RunRequest request)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteNumber("max_new_tokens", request.MaxNewTokens);
            json.WriteNumber("temperature", request.Sampling.Temperature);
            json.WriteNumber("top_k", request.Sampling.TopK);
            json.WriteNumber("top_p", request.Sampling.TopP);
            json.WriteNumber("min_p", request.Sampling.MinP);
            json.WriteNumber("repetition_penalty", request.Sampling.RepetitionPenalty);
            json.WriteNumber("seed", request.Seed);
            json.WriteBoolean("ignore_eos", request.IgnoreEos);
            if (request.From is { } from) json.WriteNumber("from_step", from.Step);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(text.ToArray());
    }
}
