using System.CommandLine;
using System.Globalization;
using MoeDevtools.Capture.Parity;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Host.Verbs;

/// <summary><c>parity</c>: runs models and tokenizers that have a reference beside them and compares.</summary>
internal static class ParityVerb
{
    private static readonly Argument<string[]> Folders = new("FOLDER") { Arity = ArgumentArity.OneOrMore, Help = $"folders with golden.safetensors or golden.jsonl" };
    private static readonly Option<string> Backend = new("--backend") { HelpName = "NAME", Help = $"simd or reference", DefaultValueFactory = _ => BackendCatalogue.Default };
    private static readonly Option<double> Bound = new("--bound")
    {
        HelpName = "X", Help = $"largest difference allowed (1e-4); scores and weights get a tenth of it", DefaultValueFactory = _ => 1e-4,
    };

    public static Verb Create() => new(
        "parity", $"compares models and tokenizers with the outputs of a reference implementation", Run, json: true,
        examples: [new("moe-devtools parity tests/fixtures/checkpoints/*", $"Every folder with a reference, one row each; exit 1 if one differs."),
            new("moe-devtools parity --backend reference FOLDER", $"The same with the scalar twin of the kernels.")])
    {
        Folders, Backend, Bound,
    };

    private static int Run(VerbContext context)
    {
        var rows = new List<ParityRow>();
        var given = context.Get(Folders);
        if (given.FirstOrDefault(folder => !Directory.Exists(folder)) is { } missing)
            throw new UserError("MOE9121", $"there is no folder {missing}.", $"Give folders that hold a reference.");
        var folders = given.Where(HasReference).ToList();
        if (folders.Count == 0)
            throw new UserError("MOE9120", $"none of the folders has a golden.safetensors or golden.jsonl: {string.Join(", ", context.Get(Folders))}.", $"Give folders that hold a reference; docs/parity.md says how to make one.");
        using (var progress = context.Screen.StartProgress($"comparing", folders.Count))
        {
            var done = 0;
            foreach (var folder in folders)
            {
                context.Cancel.ThrowIfCancellationRequested();
                foreach (var row in Compare(folder, context))
                {
                    rows.Add(row);
                    if (context.Json is { } json) WriteJson(json, row);
                }
                progress.Report(++done);
            }
        }
        if (context.Json is null) WriteTables(context.Screen, rows);
        if (given.Length > folders.Count) context.Screen.WriteErrorLine(new Styled(context.Screen.Text($"folders without a reference, passed over: {Numbers.Count(given.Length - folders.Count)}"), Tone.Dim));
        return rows.TrueForAll(r => r.Pass) ? ExitCode.Ok : ExitCode.CheckFailed;
    }

    private static bool HasReference(string folder) => File.Exists(Path.Combine(folder, ModelParity.FileName)) || File.Exists(Path.Combine(folder, TokenizerParity.FileName));

    private static IEnumerable<ParityRow> Compare(string folder, VerbContext context)
    {
        if (File.Exists(Path.Combine(folder, ModelParity.FileName)))
            yield return OrFailure(folder, "model", () => ModelParity.Compare(folder, context.Get(Backend)!, context.Get(Bound), context.Cancel));
        if (File.Exists(Path.Combine(folder, TokenizerParity.FileName)))
            yield return OrFailure(folder, "tokenizer", () => TokenizerParity.Compare(folder));
    }

    /// <summary>A folder that cannot be run is a row that fails: the others are still compared.</summary>
    private static ParityRow OrFailure(string folder, string kind, Func<ParityRow> compare)
    {
        try
        {
            return compare();
        }
        catch (UserError error)
        {
            return new ParityRow { Folder = folder, Kind = kind, Pass = false, Detail = error.Message };
        }
    }

    private static void WriteTables(Screen screen, List<ParityRow> rows)
    {
        var models = new Table(
            new Column($"model") { GivesWay = 1, MinWidth = 10, KeepsEnd = true }, new Column($"logits", Align.Right), new Column($"hidden", Align.Right) { LeftOut = 3 },
            new Column($"router", Align.Right) { LeftOut = 2 }, new Column($"weights", Align.Right) { LeftOut = 4 }, new Column($"decisions", Align.Right) { LeftOut = 1 }, new Column($"greedy") { LeftOut = 5 }, new Column($""));
        var tokenizers = new Table(new Column($"tokenizer") { GivesWay = 1, MinWidth = 10, KeepsEnd = true }, new Column($"cases", Align.Right), new Column($"differ", Align.Right), new Column($""));
        foreach (var row in rows)
        {
            var verdict = new Styled(row.Pass ? screen.Text($"pass") : screen.Text($"FAIL"), row.Pass ? Tone.Plain : Tone.Anomaly);
            if (row.Kind == "tokenizer") tokenizers.Add(Name(row), Numbers.Count(row.Cases), Numbers.Count(row.CasesDiffer), verdict);
            else models.Add(Name(row), Max(row.Logits), Max(row.HiddenStates), Max(row.RouterLogits), Max(row.Weights),
                screen.Text($"{Numbers.Count(row.DecisionsDiffer)} of {Numbers.Count(row.Decisions)}"), screen.Text(row.GreedyEqual switch { true => (FormattableString)$"equal", false => $"differs", _ => $"-" }), verdict);
        }
        if (models.Count > 0) models.Write(screen);
        if (tokenizers.Count > 0) tokenizers.Write(screen);
        if (models.Count > 0)
            screen.WriteParagraph(screen.Text($"largest differences; bound {rows.Max(r => r.Bound ?? 0):0e-0}, a tenth of it for weights and scores"), 2, Tone.Dim);
        foreach (var row in rows.Where(r => !r.Pass))
            screen.WriteParagraph($"{row.Folder}: {VisibleText.Escape(row.Detail ?? screen.Text($"no cases"))}", indent: 2, Tone.Anomaly);
    }

    private static string Name(ParityRow row) => row.Folder.TrimEnd('/', '\\');

    private static string Max(double? value) => value is { } v ? v == 0 ? "0" : v.ToString("0.0e-0", CultureInfo.InvariantCulture) : "-";

    private static void WriteJson(JsonLines json, ParityRow row) => json.Write("parity", fields =>
    {
        fields.WriteString("folder", row.Folder);
        fields.WriteString("of", row.Kind);
        if (row.Kind == "tokenizer")
        {
            fields.WriteNumber("cases", row.Cases);
            fields.WriteNumber("cases_differ", row.CasesDiffer);
        }
        else if (row.Logits is not null)
        {
            fields.WriteReal("logits", row.Logits);
            fields.WriteReal("hidden_states", row.HiddenStates);
            fields.WriteReal("router_logits", row.RouterLogits);
            fields.WriteReal("router_scores", row.Scores);
            fields.WriteReal("routing_weights", row.Weights);
            fields.WriteNumber("decisions", row.Decisions);
            fields.WriteNumber("decisions_differ", row.DecisionsDiffer);
            if (row.GreedyEqual is { } equal) fields.WriteBoolean("greedy_equal", equal);
            fields.WriteReal("bound", row.Bound);
        }
        fields.WriteBoolean("pass", row.Pass);
        if (row.Detail is not null) fields.WriteString("detail", row.Detail);
    });
}
