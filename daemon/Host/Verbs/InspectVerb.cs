using System.CommandLine;
using MoeDevtools.Capture;
using MoeDevtools.Checkpoints;
using MoeDevtools.Debugging;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models;
using MoeDevtools.Routing;

namespace MoeDevtools.Host.Verbs;

/// <summary><c>inspect</c>: what a checkpoint is: architecture, routers, experts, parameters, memory, and what of its config was not understood.</summary>
internal static class InspectVerb
{
    private static readonly Argument<string> Model = new("MODEL") { Description = "folder of a checkpoint" };
    private static readonly Option<bool> Listing = new("--listing") { Description = "write the model listing, where editors set breakpoints, and print its path" };

    public static Verb Create() => new(
        "inspect", "shows what a checkpoint is: layers, routers, experts, parameters, memory", Run, json: true,
        examples: [new("moe-devtools inspect samples/olmoe-tiny", "Architecture, routers and their rule in words."),
            new("moe-devtools inspect MODEL --json", "The same for a script.")])
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

    private static void Write(Screen screen, ModelSession session)
    {
        var (model, checkpoint) = (session.Model, session.Checkpoint);
        var facts = new Table(new Column(""), new Column("") { GivesWay = 1 });
        WrapInto(facts, screen, "family", checkpoint.Config.ModelType);
        WrapInto(facts, screen, "parameters", $"{Numbers.Count(model.Parameters)}, {Numbers.Count(model.Parameters - model.IdleParameters)} active a token");
        WrapInto(facts, screen, "weights", $"{Numbers.Bytes(checkpoint.WeightBytes)} {Types(checkpoint)}, mapped where they lie");
        var layerCount = model.DescribeLayers().Count();
        var perToken = model.CacheColumns * sizeof(float);
        WrapInto(facts, screen, "memory", $"{Numbers.Memory(perToken)} of keys and values a token" + (model.ContextLength is { } length ? $", {Numbers.Memory(perToken * length)} for a full context" : ""));
        WrapInto(facts, screen, "sizes", $"hidden {model.HiddenSize}, layers {layerCount}, vocabulary {Numbers.Count(model.VocabularySize)}, context {(model.ContextLength is { } context ? Numbers.Count(context) : "without a limit")}");
        WrapInto(facts, screen, "tokenizer", session.Tokenizer is { } t ? $"{Numbers.Count(t.VocabularySize)} tokens" : "none: only token ids go in and out");
        WrapInto(facts, screen, "supported", "run, every routing column, breakpoints, every intervention");
        WrapInto(facts, screen, "runs on", model.Backend.Description);
        screen.WriteLine(new Styled(checkpoint.Folder, Tone.Heading));
        facts.Write(screen);

        screen.WriteLine();
        var layers = new Table(new Column("layers"), new Column("") { GivesWay = 1 });
        foreach (var (range, words) in Runs(model))
            foreach (var (part, i) in words.Split("; ").Select((p, i) => (p, i))) WrapInto(layers, screen, i == 0 ? range : "", part);
        layers.Write(screen);

        screen.WriteLine();
        var routers = new Table(new Column("router") { GivesWay = 1, KeepsEnd = true, MinWidth = 12 }, new Column("experts", Align.Right), new Column("k", Align.Right), new Column("short name") { LeftOut = 1 });
        foreach (var router in model.Routers) routers.Add(router.Name, Numbers.Count(router.Experts), Numbers.Count(router.Rule.K), router.Aliases[0]);
        routers.Write(screen, limit: 16, showAll: "--json lists all");
        if (checkpoint.Config.UnreadKeys is { Count: > 0 } unread) screen.WriteParagraph($"config keys that nothing reads: {string.Join(", ", unread)}", 2, Tone.Dim);
        if (model.UnusedTensors is { Count: > 0 } unused) screen.WriteParagraph($"tensors that the model does not use: {Numbers.Count(unused.Count)}, first {unused[0]}", 2, Tone.Dim);
    }

    private static void WrapInto(Table table, Screen screen, string head, string text)
    {
        foreach (var line in TextLayout.Wrap(text, Math.Max(20, screen.Width - 14), 0))
        {
            table.Add(head, line);
            head = "";
        }
    }

    /// <summary>Neighbouring layers that are alike, as <c>0-2</c>; with an encoder each stack is named.</summary>
    private static IEnumerable<(string Range, string Words)> Runs(Decoder model)
    {
        var layers = model.DescribeLayers().ToList();
        for (var first = 0; first < layers.Count;)
        {
            var last = first;
            while (last + 1 < layers.Count && layers[last + 1].Words == layers[first].Words && layers[last + 1].Stack == layers[first].Stack) last++;
            var stack = model.HasEncoder ? $"{layers[first].Stack} " : "";
            yield return (stack + (first == last ? $"{layers[first].Index}" : $"{layers[first].Index}-{layers[last].Index}"), layers[first].Words);
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
            fields.WriteNumber("weight_bytes", checkpoint.WeightBytes);
            fields.WriteString("dtypes", Types(checkpoint));
            fields.WriteNumber("cache_bytes_per_token", model.CacheColumns * sizeof(float));
            fields.WriteNumber("hidden_size", model.HiddenSize);
            fields.WriteNumber("layers", model.DescribeLayers().Count());
            fields.WriteNumber("vocabulary", model.VocabularySize);
            if (model.ContextLength is { } context) fields.WriteNumber("context", context);
            else fields.WriteNull("context");
            fields.WriteBoolean("tokenizer", session.Tokenizer is not null);
            fields.WriteString("backend", model.Backend.Description);
            fields.WriteStartArray("unread_keys");
            foreach (var key in checkpoint.Config.UnreadKeys) fields.WriteStringValue(key);
            fields.WriteEndArray();
            fields.WriteStartArray("unused_tensors");
            foreach (var name in model.UnusedTensors) fields.WriteStringValue(name);
            fields.WriteEndArray();
        });
        foreach (var (stack, index, words) in model.DescribeLayers())
        {
            json.Write("layer", fields =>
            {
                fields.WriteString("stack", stack);
                fields.WriteNumber("layer", index);
                fields.WriteString("description", words);
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
        fields.WriteNumber("k", router.Rule.K);
        fields.WriteString("rule", router.Rule.Describe());
    }
}
