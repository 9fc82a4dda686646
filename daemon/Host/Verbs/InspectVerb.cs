using System.CommandLine;
using MoeDevtools.Capture;
using MoeDevtools.Checkpoints;
using MoeDevtools.Debugging;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing;

namespace MoeDevtools.Host.Verbs;

/// <summary><c>inspect</c>: what a checkpoint is: architecture, routers, experts, parameters, memory, and what of its config was not understood.</summary>
internal static class InspectVerb
{
    private static readonly Argument<string> Model = new("MODEL") { Help = $"folder of a checkpoint" };
    private static readonly Option<bool> Listing = new("--listing") { Help = $"write the model listing, where editors set breakpoints, and print its path" };

    public static Verb Create() => new(
        "inspect", $"shows what a checkpoint is: layers, routers, experts, parameters, memory", Run, json: true,
        examples: [new("moe-devtools inspect samples/olmoe-tiny", $"Architecture, routers and their rule in words."),
            new("moe-devtools inspect MODEL --json", $"The same for a script.")])
    {
        Model, Listing,
    };

    private static int Run(VerbContext context)
    {
        using var session = ModelSession.Open(context.Get(Model), BackendCatalogue.Default);
        if (context.Get(Listing))
        {
            var path = ModelListing.Of(session).WriteTo(UserFolders.Listings);
            if (context.Json is { } lines) lines.Write("listing", fields => fields.WriteString("path", path));
            else context.Screen.WriteLine(path);
        }
        else if (context.Json is { } json) WriteJson(json, session);
        else Write(context.Screen, session);
        return ExitCode.Ok;
    }

    private static string Types(Checkpoint checkpoint) => string.Join(" + ", checkpoint.Tensors.GroupBy(t => t.Type)
        .OrderByDescending(g => g.Sum(t => t.Bytes)).Select(g => g.Key.Name()));

    private static FormattableString Fixed(Decoder model) =>
        $"{Numbers.Memory(model.FixedState * sizeof(float))} a sequence, however long; at most {SequenceState.Snapshots} copies of it to go back to";

    private static FormattableString Parameters(Decoder model)
    {
        var active = model.Parameters - model.IdleParameters;
        return model.SavedParameters == 0 ? (FormattableString)$"{Numbers.Count(model.Parameters)}, {Numbers.Count(active)} active a token"
            : $"{Numbers.Count(model.Parameters)}, {Numbers.Count(active - model.SavedParameters)} to {Numbers.Count(active)} active a token, the fewer the more zero experts it goes to";
    }

    private static void Write(Screen screen, ModelSession session)
    {
        var (model, checkpoint) = (session.Model, session.Checkpoint);
        var layerCount = model.DescribeLayers().Count();
        var perToken = model.StateColumns * sizeof(float);
        FormattableString longest = model.ContextLength is { } context ? (FormattableString)$"{Numbers.Count(context)}" : $"without a limit";
        FormattableString memory = model.ContextLength is { } length
            ? (FormattableString)$"{Numbers.Memory(perToken)} of keys and values a token, {Numbers.Memory(perToken * length)} for a full context" : $"{Numbers.Memory(perToken)} of keys and values a token";
        FormattableString tokenizer = session.Tokenizer is { } t ? (FormattableString)$"{Numbers.Count(t.VocabularySize)} tokens" : $"none: only token ids go in and out";
        (FormattableString Head, FormattableString Text)[] facts =
        [
            ($"family", $"{checkpoint.Config.ModelType}"),
            ($"parameters", Parameters(model)),
            ($"weights", $"{Numbers.Bytes(checkpoint.WeightBytes)} {Types(checkpoint)}, mapped where they lie"),
            ($"memory", memory),
            .. model.FixedState == 0 ? (ReadOnlySpan<(FormattableString, FormattableString)>)[] : [($"state", Fixed(model))],
            ($"sizes", $"hidden {model.HiddenSize}, layers {layerCount}, vocabulary {Numbers.Count(model.VocabularySize)}, context {longest}"),
            ($"tokenizer", tokenizer),
            ($"supported", $"run, every routing column, breakpoints, every intervention"),
            ($"runs on", model.Backend.Description),
        ];
        screen.WriteLine(new Styled(checkpoint.Folder, Tone.Heading));
        WriteWrapped(screen, new Column($""), [.. facts.Select(fact => (screen.Text(fact.Head), screen.Text(fact.Text)))]);

        screen.WriteLine();
        WriteWrapped(screen, new Column($"layers"), [.. Runs(model).SelectMany(run => run.Layer.Parts(screen.Translations).Select((part, i) => (i == 0 ? run.Range : "", part)))]);

        screen.WriteLine();
        var routers = new Table(new Column($"router") { GivesWay = 1, KeepsEnd = true, MinWidth = 12 }, new Column($"experts", Align.Right), new Column($"k", Align.Right), new Column($"short name") { LeftOut = 1 });
        foreach (var router in model.Routers) routers.Add(router.Name, Numbers.Count(router.Experts), Numbers.Count(router.Rule.K), router.Aliases[0]);
        routers.Write(screen, limit: 16, showAll: screen.Text($"--json lists all"));
        if (checkpoint.Config.UnreadKeys is { Count: > 0 } unread) screen.WriteParagraph(screen.Text($"config keys that nothing reads: {string.Join(", ", unread)}"), 2, Tone.Dim);
        if (model.UnusedTensors is { Count: > 0 } unused) screen.WriteParagraph(screen.Text($"tensors that the model does not use: {Numbers.Count(unused.Count)}, first {unused[0]}"), 2, Tone.Dim);
    }

    /// <summary>Two columns, the second wrapped.</summary>
    private static void WriteWrapped(Screen screen, Column heading, IReadOnlyList<(string Head, string Text)> rows)
    {
        var table = new Table(heading, new Column($"") { GivesWay = 1 });
        var room = screen.Width - 4 - Math.Max(10, rows.Max(row => TextWidth.Of(row.Head)));
        foreach (var (head, text) in rows)
            foreach (var (line, i) in TextLayout.Wrap(text, Math.Max(20, room)).Select((line, i) => (line, i))) table.Add(i == 0 ? head : "", line);
        table.Write(screen);
    }

    /// <summary>Neighbouring layers that are alike, as <c>0-2</c>; with an encoder each stack is named.</summary>
    private static IEnumerable<(string Range, LayerDescription Layer)> Runs(Decoder model)
    {
        var layers = model.DescribeLayers().ToList();
        for (var first = 0; first < layers.Count;)
        {
            var last = first;
            while (last + 1 < layers.Count && layers[last + 1].Describe() == layers[first].Describe() && layers[last + 1].Stack == layers[first].Stack) last++;
            var stack = model.HasEncoder ? $"{layers[first].Stack} " : "";
            yield return (stack + (first == last ? $"{layers[first].Index}" : $"{layers[first].Index}-{layers[last].Index}"), layers[first]);
            first = last + 1;
        }
    }

    private static void WriteJson(JsonLines json, ModelSession session)
    {
        var (model, checkpoint) = (session.Model, session.Checkpoint);
        json.Write("model", fields =>
        {
            fields.WriteString("folder", checkpoint.Folder);
            fields.WriteString("model_type", checkpoint.Config.ModelType);
            fields.WriteNumber("parameters", model.Parameters);
            fields.WriteNumber("active_parameters", model.Parameters - model.IdleParameters);
            if (model.SavedParameters > 0) fields.WriteNumber("least_active_parameters", model.Parameters - model.IdleParameters - model.SavedParameters);
            fields.WriteNumber("weight_bytes", checkpoint.WeightBytes);
            fields.WriteString("dtypes", Types(checkpoint));
            fields.WriteNumber("cache_bytes_per_token", model.StateColumns * sizeof(float));
            fields.WriteNumber("fixed_state_bytes", model.FixedState * sizeof(float));
            fields.WriteNumber("hidden_size", model.HiddenSize);
            fields.WriteNumber("layers", model.DescribeLayers().Count());
            fields.WriteNumber("vocabulary", model.VocabularySize);
            if (model.ContextLength is { } context) fields.WriteNumber("context", context);
            else fields.WriteNull("context");
            fields.WriteBoolean("tokenizer", session.Tokenizer is not null);
            fields.WriteString("backend", FormattableString.Invariant(model.Backend.Description));
            fields.WriteStartArray("unread_keys");
            foreach (var key in checkpoint.Config.UnreadKeys) fields.WriteStringValue(key);
            fields.WriteEndArray();
            fields.WriteStartArray("unused_tensors");
            foreach (var name in model.UnusedTensors) fields.WriteStringValue(name);
            fields.WriteEndArray();
        });
        foreach (var layer in model.DescribeLayers())
        {
            json.Write("layer", fields =>
            {
                fields.WriteString("stack", layer.Stack);
                fields.WriteNumber("layer", layer.Index);
                fields.WriteString("description", layer.Describe());
            });
        }
        foreach (var router in model.Routers) json.Write("router", fields => WriteRouter(fields, router));
    }

    private static void WriteRouter(System.Text.Json.Utf8JsonWriter fields, RouterInfo router)
    {
        fields.WriteString("router", router.Name);
        fields.WriteString("stack", router.Id.Stack);
        fields.WriteNumber("layer", router.Id.Layer);
        fields.WriteNumber("experts", router.Experts);
        if (router.Rule.IdentityExperts > 0) fields.WriteNumber("identity_experts", router.Rule.IdentityExperts);
        fields.WriteNumber("k", router.Rule.K);
        fields.WriteString("rule", router.Rule.Describe());
    }
}
