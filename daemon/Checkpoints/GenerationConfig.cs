using System.Text.Json;

namespace MoeDevtools.Checkpoints;

/// <summary>
/// The author's defaults for sampling, from generation_config.json; a value is null when the file is missing or does not set it.
/// Special tokens that it does not set are config.json's, there also under <c>text_config</c>. An id of -1 means "none", as published files write it.
/// </summary>
public sealed class GenerationConfig
{
    private GenerationConfig(ConfigSection? file, ConfigSection model)
    {
        var text = model.Section("text_config");
        EosTokenIds = Ids(file, "eos_token_id") ?? Ids(model, "eos_token_id") ?? Ids(text, "eos_token_id") ?? [];
        BosTokenId = Id(file, "bos_token_id") ?? Id(model, "bos_token_id") ?? Id(text, "bos_token_id");
        PadTokenId = Id(file, "pad_token_id") ?? Id(model, "pad_token_id") ?? Id(text, "pad_token_id");
        DoSample = file?.OptionalBool("do_sample");
        Temperature = Within(file, "temperature", 0, double.MaxValue, $"a number, at least 0");
        TopK = file?.OptionalInt("top_k", least: -1) is { } topK ? Math.Max(0, topK) : null;
        TopP = Within(file, "top_p", 0, 1, $"a number from 0 to 1");
        MinP = Within(file, "min_p", 0, 1, $"a number from 0 to 1");
        RepetitionPenalty = Within(file, "repetition_penalty", double.Epsilon, double.MaxValue, $"a number above 0");
    }

    /// <summary>Any of them ends the text; empty when neither file names one.</summary>
    public IReadOnlyList<int> EosTokenIds { get; }

    public int? BosTokenId { get; }

    public int? PadTokenId { get; }

    public bool? DoSample { get; }

    public double? Temperature { get; }

    /// <summary>0 means no limit; files also write that as -1.</summary>
    public int? TopK { get; }

    public double? TopP { get; }

    public double? MinP { get; }

    public double? RepetitionPenalty { get; }

    internal static GenerationConfig Read(string folder, ModelConfig model)
    {
        string path = Path.Combine(folder, "generation_config.json");
        return new GenerationConfig(InputFile.Exists(path) ? new ConfigSection(path, "", InputFile.ReadJsonObject(path)) : null, model);
    }

    private static IReadOnlyList<int>? Ids(ConfigSection? file, string key) =>
        file is null ? null
        : file.Is(key, JsonValueKind.Array) ? [.. file.Ints(key)!.Where(id => id >= 0)]
        : Id(file, key) is { } id ? [id]
        : null;

    private static int? Id(ConfigSection? file, string key) =>
        file?.OptionalInt(key, least: -1) is { } id and >= 0 ? id : null;

    private static double? Within(ConfigSection? file, string key, double least, double most, FormattableString expected)
    {
        double? value = file?.OptionalNumber(key);
        return value is null || value >= least && value <= most
            ? value
            : throw file!.Wrong(key, file.Find(key)!.Value, expected);
    }
}
