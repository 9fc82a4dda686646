using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MoeDevtools.Capture;
using MoeDevtools.Debugging.Comparison;
using MoeDevtools.Host.Runs;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;
using MoeDevtools.Traces;

namespace MoeDevtools.Host.Verbs;

/// <summary><c>diff</c>: whether two runs route alike over the same tokens: traces, checkpoints, or one of each.</summary>
internal static class DiffVerb
{
    private static readonly Argument<string> A = new("A") { Help = $"a trace, or the folder of a checkpoint" };
    private static readonly Argument<string> B = new("B") { Help = $"what it is compared with: a trace or a checkpoint too" };

    public static Verb Create()
    {
        var options = new RunOptions();
        var failBelow = new Option<double?>("--fail-below") { HelpName = "X", Help = $"exit 1 if the agreement is below X (0 to 1)" };
        var verb = new Verb(
            "diff", $"compares the routing of traces or checkpoints over the same tokens", context => Run(context, options, failBelow), json: true,
            examples:
            [
                new("moe-devtools diff before.moetrace after.moetrace", $"Agreement of each router, and where they first part."),
                new("moe-devtools diff run.moetrace MODEL", $"The checkpoint runs the tokens of the trace: does it still route as it was recorded?"),
                new("moe-devtools diff MODEL_A MODEL_B --dataset docs.jsonl --fail-below 0.95", $"A CI gate: exit 1 if a change of weights changes the routing."),
            ])
        {
            A, B,
        };
        options.AddInputsTo(verb);
        verb.Add(failBelow);
        return verb;
    }

    private static int Run(VerbContext context, RunOptions options, Option<double?> failBelow)
    {
        if (context.Get(failBelow) is { } least && least is not (>= 0 and <= 1))
            throw new UserError("MOE9351", $"--fail-below {least} is no share.", $"Use a number from 0 to 1.");
        var (a, b) = (context.Get(A), context.Get(B));
        var (isModelA, isModelB) = (Directory.Exists(a), Directory.Exists(b));
        var diff = isModelA && isModelB ? Models(context, options, a, b) : Traces(context, options, a, isModelA, b, isModelB);
        var exit = context.Get(failBelow) is { } bound && !(diff.Agreement.TotalAgreement >= bound) ? ExitCode.CheckFailed : ExitCode.Ok;
        if (context.Json is { } json) WriteJson(json, diff, a, b, exit);
        else Write(context.Screen, diff, a, b);
        return exit;
    }

    private static RoutingDiff Traces(VerbContext context, RunOptions options, string a, bool isModelA, string b, bool isModelB)
    {
        if (options.HasInput(context))
            throw new UserError("MOE9353", $"traces have their own tokens, and a prompt or dataset is given.", $"Leave it out, or give two checkpoints.");
        using var trace = TraceReader.Open(isModelA ? b : a);
        if (!isModelA && !isModelB)
        {
            using var other = TraceReader.Open(b);
            return TraceComparison.Compare(trace, other, context.Cancel);
        }
        using var model = options.Open(context, isModelA ? a : b);
        var tokens = TraceTokens.Of(trace, context.Cancel);
        using var progress = tokens.Count > 1 ? context.Screen.StartProgress($"comparing", tokens.Count) : null;
        return TraceComparison.Compare(trace, model, tokens, isModelA, done => progress?.Report(done), context.Cancel);
    }

    private static RoutingDiff Models(VerbContext context, RunOptions options, string a, string b)
    {
        using var modelA = options.Open(context, a);
        using var modelB = options.Open(context, b);
        var own = modelA.Tokenizer is null ? modelB : modelA;
        var sequences = options.Request(context, own).Sequences;
        if (own == modelA && modelB.Tokenizer is not null)
        {
            var others = options.Request(context, modelB).Sequences;
            for (var i = 0; i < sequences.Count; i++)
                if (!sequences[i].Ids.SequenceEqual(others[i].Ids))
                    throw new UserError("MOE9354", $"{sequences[i].Id ?? "the prompt"} has other tokens in {a} than in {b}: their tokenizers differ.", $"Give one for both with --tokenizer, or token ids.");
        }
        using var progress = sequences.Count > 1 ? context.Screen.StartProgress($"comparing", sequences.Count) : null;
        return ModelComparison.Compare(modelA, modelB, sequences, done => progress?.Report(done), context.Cancel);
    }

    private static void Write(Screen screen, RoutingDiff diff, string a, string b)
    {
        var agreement = diff.Agreement;
        screen.WriteHeaded(new Styled("A", Tone.Heading), a);
        screen.WriteHeaded(new Styled("B", Tone.Heading), b);
        screen.WriteLine();
        var table = new Table(
            new Column($"router") { GivesWay = 1, MinWidth = 10, KeepsEnd = true }, new Column($"agreement", Align.Right), new Column($"chance", Align.Right) { LeftOut = 1 },
            new Column($"Jaccard", Align.Right) { LeftOut = 3 }, new Column($"differ", Align.Right), new Column($"first here", Align.Right) { LeftOut = 2 });
        for (var r = 0; r < diff.Routers.Count; r++)
        {
            var (router, decisions) = (diff.Routers[r], agreement.Decisions(r));
            table.Add(
                VisibleText.Escape(router.Name), Share(agreement.Agreement(r)), Numbers.Real((double)router.Rule.K / router.Experts), Share(agreement.Jaccard(r)),
                decisions == 0 ? "–" : Numbers.Percent((double)agreement.Differing(r) / decisions), Numbers.Count(agreement.FirstDivergent(r)));
        }
        table.Add(screen.Text($"all"), Share(agreement.TotalAgreement), "", Share(agreement.TotalJaccard), "", Numbers.Count(agreement.DifferingTokens));
        table.Write(screen);
        screen.WriteLine();
        screen.WriteParagraph(screen.Text($"tokens compared: {Numbers.Count(agreement.Tokens)}, with any difference: {Numbers.Count(agreement.DifferingTokens)} ({Numbers.Percent(agreement.DifferingShare)})"));
        if (diff.First is { } first) WriteFirst(screen, first);
        else screen.WriteParagraph(screen.Text($"No decision differs."));
        if (diff.OnlyInA + diff.OnlyInB > 0) screen.WriteParagraph(screen.Text($"tokens of one run alone: {Numbers.Count(diff.OnlyInA)} in A, {Numbers.Count(diff.OnlyInB)} in B"), tone: Tone.Dim);
        if (diff.AfterDivergence > 0) screen.WriteParagraph(screen.Text($"left out, generated after the texts part: {Numbers.Count(diff.AfterDivergence)} tokens"), tone: Tone.Dim);
        if (diff.NotCompared.Count > 0) screen.WriteParagraph(screen.Text($"routers of one run alone: {VisibleText.Escape(string.Join(", ", diff.NotCompared))}"), tone: Tone.Dim);
    }

    private static void WriteFirst(Screen screen, Divergence first)
    {
        var token = first.Text is { } text ? VisibleText.Token(text, screen.Glyphs) : first.TokenId >= 0 ? first.TokenId.ToString(CultureInfo.InvariantCulture) : screen.Text($"unknown");
        screen.WriteHeaded(
            new Styled(screen.Text($"first difference"), Tone.Heading), screen.Text($"{VisibleText.Escape(first.Router.Name)}, sequence {first.Sequence}, position {first.Position}, token {token}"));
        screen.WriteParagraph(screen.Text($"A {Experts(first.ExpertsA)}, selection margin {Margin(first.MarginA)}"), 2);
        screen.WriteParagraph(screen.Text($"B {Experts(first.ExpertsB)}, selection margin {Margin(first.MarginB)}"), 2);
    }

    private static string Experts(IReadOnlyList<int> experts) => string.Join(" ", experts.Select(e => e < 0 ? "–" : FormattableString.Invariant($"E{e}")));

    private static FormattableString Margin(double? margin) => margin is { } known ? (FormattableString)$"{Numbers.Real(known)}" : $"not recorded";

    private static string Share(double share) => double.IsNaN(share) ? "–" : share.ToString("0.0000", CultureInfo.InvariantCulture);

    private static void WriteJson(JsonLines json, RoutingDiff diff, string a, string b, int exit)
    {
        var agreement = diff.Agreement;
        for (var r = 0; r < diff.Routers.Count; r++)
        {
            var (index, router) = (r, diff.Routers[r]);
            json.Write("router_diff", fields =>
            {
                fields.WriteString("router", router.Name);
                fields.WriteNumber("layer", router.Id.Layer);
                fields.WriteNumber("decisions", agreement.Decisions(index));
                fields.WriteNumber("decisions_differ", agreement.Differing(index));
                fields.WriteReal("agreement", agreement.Agreement(index));
                fields.WriteReal("jaccard", agreement.Jaccard(index));
                fields.WriteReal("chance", (double)router.Rule.K / router.Experts);
                fields.WriteNumber("first_divergent", agreement.FirstDivergent(index));
            });
        }
        json.Write("diff", fields =>
        {
            fields.WriteString("a", a);
            fields.WriteString("b", b);
            fields.WriteNumber("tokens", agreement.Tokens);
            fields.WriteNumber("tokens_differ", agreement.DifferingTokens);
            fields.WriteReal("tokens_differ_share", agreement.DifferingShare);
            fields.WriteReal("agreement", agreement.TotalAgreement);
            fields.WriteReal("jaccard", agreement.TotalJaccard);
            fields.WriteNumber("only_in_a", diff.OnlyInA);
            fields.WriteNumber("only_in_b", diff.OnlyInB);
            fields.WriteNumber("after_divergence", diff.AfterDivergence);
            fields.WriteStartArray("not_compared");
            foreach (var name in diff.NotCompared) fields.WriteStringValue(name);
            fields.WriteEndArray();
            if (diff.First is { } first) WriteFirst(fields, first);
            fields.WriteNumber("exit", exit);
        });
    }

    private static void WriteFirst(Utf8JsonWriter fields, Divergence first)
    {
        fields.WriteStartObject("first_difference");
        fields.WriteString("router", first.Router.Name);
        fields.WriteNumber("layer", first.Router.Id.Layer);
        fields.WriteNumber("sequence", first.Sequence);
        fields.WriteNumber("position", first.Position);
        fields.WriteNumber("token_id", first.TokenId);
        if (first.Text is not null) fields.WriteString("text", first.Text);
        RunJson.Ids(fields, "experts_a", first.ExpertsA);
        RunJson.Ids(fields, "experts_b", first.ExpertsB);
        fields.WriteReal("selection_margin_a", first.MarginA);
        fields.WriteReal("selection_margin_b", first.MarginB);
        fields.WriteEndObject();
    }
}
