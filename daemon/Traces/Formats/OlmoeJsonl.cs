using System.Globalization;
using System.Text.Json;
using MoeDevtools.Messages;

namespace MoeDevtools.Traces.Formats;

/// <summary>Rows of OLMoE's routing analysis: <c>input_ids</c> [T] and <c>exp_ids</c> [T, k, L], a document a line.</summary>
internal sealed class OlmoeJsonl : IImporter
{
    public string Name => "olmoe";

    public string Description => "OLMoE's routing analysis (JSONL): input_ids and exp_ids [tokens, k, layers]";

    public bool TakesSeveral => true;

    public bool Recognises(ImportFile file) => file.Kind == ImportFileKind.Json && file.First.Has("exp_ids", out _);

    public ImportedTrace Open(IReadOnlyList<ImportFile> files, ImportOptions options)
    {
        RoutedExperts? shape = null;
        foreach (var document in Documents(files))
        {
            var part = document.Parts[0];
            shape ??= part;
            if ((part.Layers, part.Slots) != (shape.Layers, shape.Slots))
                throw new UserError("MOE7269", $"document {document.Index} has {part.Layers} layers and k = {part.Slots}, the first has {shape.Layers} and {shape.Slots}.", $"Import documents of different models one by one.");
        }
        if (shape is null)
            throw new UserError("MOE7270", $"{files[0].Path} holds no documents.", $"Check that the tool wrote some.");
        var trace = new ImportedTrace { Routers = ImportedRouter.Layers(shape.Layers), Slots = shape.Slots, Passes = () => Passes(files) };
        trace.Found.Add(string.Create(CultureInfo.InvariantCulture, $"exp_ids [tokens, {shape.Slots} experts, {shape.Layers} layers]"));
        trace.Assumed.Add($"Each line is a document: a sequence and a step of its own.");
        return trace;
    }

    private static IEnumerable<ImportedPass> Passes(IReadOnlyList<ImportFile> files)
    {
        var pass = new ImportedPass();
        foreach (var document in Documents(files))
            foreach (var each in document.Passes(pass, document.Index + 1)) yield return each;
    }

    private static IEnumerable<SequenceRows> Documents(IReadOnlyList<ImportFile> files)
    {
        var index = 0;
        foreach (var file in files)
        {
            foreach (var line in JsonValues.Read(file.Path))
            {
                var where = string.Create(CultureInfo.InvariantCulture, $"{file.Path}, document {index + 1}: exp_ids");
                if (!line.Has("exp_ids", out var value))
                    throw new UserError("MOE7271", $"{where} is not there.", $"Each line needs exp_ids, and input_ids where they are known.");
                var ids = RoutedExperts.Read(value, where);
                var tokens = line.Has("input_ids", out var input) ? input.Wholes() : null;
                if (tokens is not null && tokens.Length != ids.Tokens)
                    throw new UserError("MOE7272", $"{where} has {ids.Tokens} tokens, input_ids {tokens.Length}.", $"Check that the line is what the tool wrote.");
                yield return new SequenceRows(index++, line.Text("id"), 0, tokens, [Turned(ids)]);
            }
        }
    }

    /// <summary>From [T, k, L] to [T, L, k].</summary>
    private static RoutedExperts Turned(RoutedExperts ids)
    {
        var (slots, layers) = (ids.Layers, ids.Slots);
        var turned = new long[ids.Ids.Length];
        for (var t = 0; t < ids.Tokens; t++)
            for (var j = 0; j < slots; j++)
                for (var l = 0; l < layers; l++)
                    turned[(t * layers + l) * slots + j] = ids.Ids[(t * slots + j) * layers + l];
        return ids with { Layers = layers, Slots = slots, Ids = turned };
    }
}
