using MoeDevtools.Debugging.Views;
using MoeDevtools.Servers.Rpc.Protocol;
using MoeDevtools.Servers.Sessions;

namespace MoeDevtools.Servers.Rpc.Methods;

/// <summary>What charts draw of a session, from its recording.</summary>
internal sealed class ChartMethods(SessionRegistry sessions)
{
    private const int DefaultPixels = 512;
    private const int DefaultBins = 64;
    private const double DefaultThreshold = 0.005;

    private static readonly IReadOnlyList<StepMetric> DefaultMetrics = [StepMetric.Cv, StepMetric.Entropy, StepMetric.Margin, StepMetric.Drops];

    public IEnumerable<RpcMethod> All =>
    [
        new("session/timeline", Timeline, InBackground: true),
        new("session/together", Together, InBackground: true),
        new("session/logits", Logits, InBackground: true),
        new("session/expert", Expert, InBackground: true),
        new("session/flow", Flow, InBackground: true),
        new("session/compare", Compare, InBackground: true),
    ];

    private void Timeline(Call call)
    {
        var run = Recorded(call, "session");
        var metrics = call.Parameters.TextsIf("metrics")?.Select(Metric).Distinct().ToList() ?? DefaultMetrics;
        call.Answer(
            TimelineView.Of(run, Routers(call, run), metrics, call.Parameters.Range(), Pixels(call), call.Translations, call.Report, call.Cancelled), RpcJson.Default.Timeline);
    }

    private void Together(Call call)
    {
        var run = Recorded(call, "session");
        var (a, b) = Pair(call, run);
        call.Answer(TogetherView.Of(run, a, b, call.Parameters.Range(), call.Report, call.Cancelled), RpcJson.Default.Together);
    }

    private void Logits(Call call)
    {
        var run = Recorded(call, "session");
        var bins = Math.Clamp(call.Parameters.WholeIf("bins") ?? DefaultBins, 2, LogitsView.MostBins);
        call.Answer(LogitsView.Of(run, Routers(call, run), call.Parameters.Range(), bins, Pixels(call), call.Report, call.Cancelled), RpcJson.Default.Logits);
    }

    private void Expert(Call call)
    {
        var run = Recorded(call, "session");
        var router = call.Parameters.Router("router", run.Routers.Count);
        var expert = call.Parameters.Whole("expert");
        if ((uint)expert >= (uint)run.Routers[router].Experts) throw new ParameterException($"expert {expert} is none of the {run.Routers[router].Experts} experts");
        var session = sessions.Find(call.Parameters.Text("session")) as SessionEntry;
        call.Answer(
            DossierView.Of(run, router, expert, call.Parameters.Range(), Pixels(call), session is null ? null : session.Launched.RouterWeight, call.Report, call.Cancelled), RpcJson.Default.Dossier);
    }

    private void Flow(Call call)
    {
        var run = Recorded(call, "session");
        var threshold = call.Parameters.RealIf("threshold") ?? DefaultThreshold;
        if (call.Parameters.WholeIf("router") is not null)
        {
            var router = call.Parameters.Router("router", run.Routers.Count);
            call.Answer(FlowView.OfTokens(run, router, call.Parameters.Range(), threshold, call.Report, call.Cancelled), RpcJson.Default.Flow);
            return;
        }
        var (a, b) = Pair(call, run);
        if (a == b) throw new ParameterException("routers are one and the same");
        call.Answer(FlowView.OfLayers(run, a, b, call.Parameters.Range(), threshold, call.Report, call.Cancelled), RpcJson.Default.Flow);
    }

    private void Compare(Call call)
    {
        if (call.Parameters.Text("a") == call.Parameters.Text("b")) throw new ParameterException("a and b are the same session");
        call.Answer(CompareView.Of(Recorded(call, "a"), Recorded(call, "b"), call.Report, call.Cancelled), RpcJson.Default.RunComparison);
    }

    private RecordedRun Recorded(Call call, string parameter) => sessions.FindRecorded(call.Parameters.Text(parameter));

    private static IReadOnlyList<int> Routers(Call call, RecordedRun run) => call.Parameters.RoutersIf("routers", run.Routers.Count)?.Distinct().ToList() ?? [.. run.Routers.Select(r => r.Index)];

    private static (int A, int B) Pair(Call call, RecordedRun run) =>
        call.Parameters.RoutersIf("routers", run.Routers.Count) is [var a, var b] ? (a, b) : throw new ParameterException("routers is no list of two routers");

    private static int Pixels(Call call) => Math.Clamp(call.Parameters.WholeIf("pixels") ?? DefaultPixels, 1, TimelineView.MostPixels);

    private static StepMetric Metric(string word)
    {
        foreach (var metric in Enum.GetValues<StepMetric>())
            if (TimelineView.Word(metric) == word) return metric;
        throw new ParameterException($"there is no metric {word}");
    }
}
