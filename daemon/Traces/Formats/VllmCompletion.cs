using System.Globalization;
using System.Text.Json;
using MoeDevtools.Messages;

namespace MoeDevtools.Traces.Formats;

/// <summary>
/// Completions of vLLM's server with <c>routed_experts</c>: of the prompt in the response, of what was generated in each choice; or of both in the choice. -1 where the
/// prefix was cached. The last token that was generated has no routing: it was never an input.
/// </summary>
internal sealed class VllmCompletion : IImporter
{
    public string Name => "vllm";

    public string Description => "vLLM completions (JSON, one or one a line) with routed_experts as lists or base64";

    public bool TakesSeveral => true;

    public bool Recognises(ImportFile file) =>
        file.Kind == ImportFileKind.Json && file.First.Has("choices", out var choices) && choices.ValueKind == JsonValueKind.Array
        && (file.First.Has("prompt_routed_experts", out _) || choices.EnumerateArray().Any(c => c.Has("routed_experts", out _) || c.Has("prompt_routed_experts", out _)));

    public ImportedTrace Open(IReadOnlyList<ImportFile> files, ImportOptions options)
    {
        var forms = new List<string>();
        var assumed = new List<FormattableString>();
        string? model = null;
        RoutedExperts? shape = null;
        foreach (var (sequence, form) in Sequences(files, m => model ??= m))
        {
            var first = sequence.Parts[0];
            shape ??= first;
            if (sequence.Parts.FirstOrDefault(p => (p.Layers, p.Slots) != (shape.Layers, shape.Slots)) is { } other)
                throw new UserError("MOE7261", $"sequence {sequence.Index} has {other.Layers} layers and k = {other.Slots}, the first has {shape.Layers} and {shape.Slots}.", $"Import responses of different models one by one.");
            if (!forms.Contains(form) && forms.Count < 4) forms.Add(form);
            if (sequence.Tokens is null && assumed.Count == 0) assumed.Add($"Token ids are unknown where the response does not have as many as its routing has rows.");
        }
        if (shape is null)
            throw new UserError("MOE7262", $"{files[0].Path} has no routed_experts.", $"Start the server so that it returns them, and ask for them in the request.");
        var trace = new ImportedTrace
        {
            Routers = ImportedRouter.Layers(shape.Layers), Slots = shape.Slots, Passes = () => Passes(files),
        };
        trace.Found.AddRange(forms);
        if (model is not null) trace.Found.Add($"model {model}");
        trace.Assumed.Add($"Each choice is a sequence and a step of its own; layers are numbered as they come.");
        trace.Assumed.AddRange(assumed);
        return trace;
    }

    private static IEnumerable<ImportedPass> Passes(IReadOnlyList<ImportFile> files)
    {
        var pass = new ImportedPass();
        foreach (var (sequence, _) in Sequences(files, _ => { }))
            foreach (var each in sequence.Passes(pass, sequence.Index + 1)) yield return each;
    }

    private static IEnumerable<(SequenceRows Sequence, string Form)> Sequences(IReadOnlyList<ImportFile> files, Action<string> onModel)
    {
        var index = 0;
        foreach (var file in files)
        {
            foreach (var response in JsonValues.Read(file.Path))
            {
                if (!response.Has("choices", out var choices) || choices.ValueKind != JsonValueKind.Array)
                    throw new UserError("MOE7263", $"{file.Path}: a value has no choices.", $"Give the responses of the server as they are, one JSON object each.");
                if (response.Text("model") is { } model) onModel(model);
                foreach (var choice in choices.EnumerateArray())
                {
                    var number = choice.Whole("index") ?? 0;
                    var where = string.Create(CultureInfo.InvariantCulture, $"{file.Path}, choice {number}: routed_experts");
                    var parts = new List<RoutedExperts>();
                    if (choice.Has("prompt_routed_experts", out var prompt) || response.Has("prompt_routed_experts", out prompt)) parts.Add(RoutedExperts.Read(prompt, where));
                    var before = parts.Sum(p => p.Tokens);
                    if (choice.Has("routed_experts", out var generated)) parts.Add(RoutedExperts.Read(generated, where));
                    if (parts.Count == 0) continue;
                    var id = response.Text("id") is { } name ? string.Create(CultureInfo.InvariantCulture, $"{name}/{number}") : null;
                    yield return (new SequenceRows(index++, id, 0, Tokens(response, choice, before, parts.Sum(p => p.Tokens)), parts), $"routed_experts as {string.Join(" and ", parts.Select(p => p.Form))}");
                }
            }
        }
    }

    /// <summary>
    /// Ids of the rows: of the prompt and of what was generated, aligned by their numbers. What was generated may have one more than rows: the last token was no input.
    /// </summary>
    private static int[]? Tokens(JsonElement response, JsonElement choice, int promptRows, int rows)
    {
        var prompt = choice.Has("prompt_token_ids", out var ids) || response.Has("prompt_token_ids", out ids) ? ids.Wholes() : null;
        var generated = choice.Has("token_ids", out var own) ? own.Wholes() : null;
        if (generated is null && prompt is null) return null;
        int[] all = [.. prompt ?? [], .. generated ?? []];
        if (prompt is not null && (all.Length == rows || all.Length == rows + 1)) return all[..rows];
        if (generated is null) return prompt!.Length == promptRows ? prompt : null;
        // Without the prompt's ids those of the rest still stand where they belong.
        var start = promptRows > 0 || generated.Length == rows || generated.Length == rows + 1 ? promptRows : response.Has("usage", out var usage) ? usage.Whole("prompt_tokens") ?? 0 : 0;
        var rest = rows - start;
        if (rest < 0 || (generated.Length != rest && generated.Length != rest + 1)) return null;
        var tokens = Enumerable.Repeat(-1, rows).ToArray();
        generated.AsSpan(0, rest).CopyTo(tokens.AsSpan(start));
        return tokens;
    }
}
