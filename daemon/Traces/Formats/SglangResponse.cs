using System.Globalization;
using System.Text.Json;
using MoeDevtools.Messages;

namespace MoeDevtools.Traces.Formats;

/// <summary>
/// Responses of SGLang's <c>/generate</c> with <c>routed_experts</c>: base64 of little-endian int32 [tokens, layers, k], over the positions from <c>start</c> to the one before
/// the last, which was never an input.
/// </summary>
internal sealed class SglangResponse : IImporter
{
    public string Name => "sglang-response";

    public string Description => "SGLang /generate responses (JSON) with routed_experts as base64";

    public bool TakesSeveral => true;

    public bool Recognises(ImportFile file) => file.Kind == ImportFileKind.Json && file.First.Has("meta_info", out var meta) && Holder(meta).Has("routed_experts", out _);

    public ImportedTrace Open(IReadOnlyList<ImportFile> files, ImportOptions options)
    {
        RoutedExperts? shape = null;
        var (ids, guessed) = (true, false);
        foreach (var (sequence, isGuess) in Sequences(files, options))
        {
            var part = sequence.Parts[0];
            shape ??= part;
            guessed |= isGuess;
            ids &= sequence.Tokens is not null;
            if ((part.Layers, part.Slots) != (shape.Layers, shape.Slots))
                throw new UserError("MOE7264", $"sequence {sequence.Index} has {part.Layers} layers and k = {part.Slots}, the first has {shape.Layers} and {shape.Slots}.", $"Import responses of different models one by one.");
        }
        if (shape is null)
            throw new UserError("MOE7265", $"{files[0].Path} has no routed_experts.", $"Ask the server for them with return_routed_experts.");
        var trace = new ImportedTrace { Routers = ImportedRouter.Layers(shape.Layers), Slots = shape.Slots, Passes = () => Passes(files, options) };
        trace.Found.Add($"routed_experts as {shape.Form}");
        trace.Assumed.Add($"Each response is a sequence and a step of its own; layers are numbered as they come.");
        if (guessed) trace.Assumed.Add($"The response has no shape: [tokens, layers, k] by its token counts and --layers {options.Layers}.");
        if (!ids) trace.Assumed.Add($"Token ids of the prompt are not in the response.");
        return trace;
    }

    private static JsonElement Holder(JsonElement meta) => meta.Has("sgl_ext", out var extension) ? extension : meta;

    private static IEnumerable<ImportedPass> Passes(IReadOnlyList<ImportFile> files, ImportOptions options)
    {
        var pass = new ImportedPass();
        foreach (var (sequence, _) in Sequences(files, options))
            foreach (var each in sequence.Passes(pass, sequence.Index + 1)) yield return each;
    }

    private static IEnumerable<(SequenceRows Sequence, bool IsGuess)> Sequences(IReadOnlyList<ImportFile> files, ImportOptions options)
    {
        var index = 0;
        foreach (var file in files)
        {
            foreach (var response in JsonValues.Read(file.Path))
            {
                var where = string.Create(CultureInfo.InvariantCulture, $"{file.Path}, response {index + 1}: routed_experts");
                if (!response.Has("meta_info", out var meta) || !Holder(meta).Has("routed_experts", out var value))
                    throw new UserError("MOE7266", $"{where} is not there.", $"Ask the server for it with return_routed_experts.");
                var holder = Holder(meta);
                var first = holder.Whole("start") ?? 0;
                if (first < 0)
                    throw new UserError("MOE7267", $"{where} starts at {first}.", $"Check that the file holds the response as the server sent it.");
                var (experts, isGuess) = Experts(value, holder, meta, first, options, where);
                yield return (new SequenceRows(index++, meta.Text("id"), first, Tokens(response, meta, first, experts.Tokens), [experts]), isGuess);
            }
        }
    }

    private static (RoutedExperts Experts, bool IsGuess) Experts(JsonElement value, JsonElement holder, JsonElement meta, int first, ImportOptions options, string where)
    {
        if (value.ValueKind != JsonValueKind.String) return (RoutedExperts.Read(value, where), false);
        var bytes = RoutedExperts.Base64(value, where);
        if (bytes.AsSpan().StartsWith(Numpy.NpyHeader.Magic)) return (RoutedExperts.Read(value, where), false);
        if (holder.Has("shape", out var shape) && shape.Wholes() is { } given) return (RoutedExperts.Bare(bytes, holder.Text("dtype") ?? "int32", given, where), false);
        var numbers = bytes.Length / sizeof(int);
        if (meta.Whole("prompt_tokens") is { } prompt && meta.Whole("completion_tokens") is { } completion && options.Layers is { } layers && layers > 0
            && (long)prompt + completion - 1 - first is > 0 and <= int.MaxValue and var tokens && numbers % (tokens * layers) == 0)
            return (RoutedExperts.Bare(bytes, "int32", [(int)tokens, layers, (int)(numbers / (tokens * layers))], where), true);
        throw new UserError("MOE7268", $"{where} is {numbers} numbers without a shape.", $"Say how many layers the model has with --layers.");
    }

    /// <summary>Ids of the rows that are known: those of the output.</summary>
    private static int[]? Tokens(JsonElement response, JsonElement meta, int first, int rows)
    {
        var output = response.Has("output_ids", out var ids) ? ids.Wholes() : null;
        if (output is null || meta.Whole("prompt_tokens") is not { } prompt) return null;
        var tokens = Enumerable.Repeat(-1, rows).ToArray();
        for (var i = 0; i < output.Length; i++)
            if ((long)prompt + i - first is >= 0 and var at && at < rows) tokens[at] = output[i];
        return tokens;
    }
}
