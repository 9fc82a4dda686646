using MoeDevtools.Debugging.Views;
using MoeDevtools.Servers.Rpc.Protocol;
using MoeDevtools.Servers.Sessions;

namespace MoeDevtools.Servers.Rpc.Methods;

/// <summary>What views show of a session, from its recording.</summary>
internal sealed class ViewMethods(SessionRegistry sessions)
{
    private const int DefaultRows = 512;

    public IEnumerable<RpcMethod> All =>
    [
        new("session/loads", Loads, InBackground: true),
        new("session/tokens", Tokens, InBackground: true),
        new("session/decision", Decision, InBackground: true),
        new("session/anomalies", Anomalies, InBackground: true),
    ];

    private void Loads(Call call) => call.Answer(LoadsView.Of(Recorded(call), call.Parameters.Range(), call.Report, call.Cancelled), RpcJson.Default.Loads);

    private void Tokens(Call call)
    {
        var run = Recorded(call);
        var router = call.Parameters.Router("router", run.Routers.Count);
        var count = Math.Clamp(call.Parameters.WholeIf("count") ?? DefaultRows, 1, TokensView.MostRows);
        var page = call.Parameters.ObjectIf("before") is { } before
            ? TokensView.Before(run, router, before.Place(), count, call.Cancelled)
            : TokensView.From(run, router, call.Parameters.ObjectIf("from")?.Place() ?? default, count, call.Cancelled);
        call.Answer(page, RpcJson.Default.TokenPage);
    }

    /// <summary>The decision at which the session stands is not recorded yet: it is read from the stop.</summary>
    private void Decision(Call call)
    {
        var session = sessions.Find(call.Parameters.Text("session"));
        var (router, at) = (call.Parameters.Router("router", session.Routers.Count), call.Parameters.Place());
        if (session is SessionEntry entry)
        {
            lock (entry.Gate)
            {
                if (entry.Session.Present is { IsPast: false } present && present.Cursor.Batch == at.At(router) && at.Row >= 0 && at.Row < present.Batch.Tokens)
                {
                    call.Answer(DecisionView.OfPresent(entry.Session, present, at.Row, call.Cancelled), RpcJson.Default.Decision);
                    return;
                }
            }
        }
        call.Answer(DecisionView.Of(Recorded(call), router, at, call.Cancelled), RpcJson.Default.Decision);
    }

    private void Anomalies(Call call)
    {
        var (found, to) = AnomaliesView.Of(Recorded(call), call.Cancelled);
        var (range, language) = (call.Parameters.Range(), call.Translations);
        call.Answer(
            new AnomaliesResult(
            [
                .. found.Where(f => f.Last.Step >= (range.From ?? long.MinValue) && f.Last.Step <= (range.To ?? long.MaxValue)).Select(f => new AnomalyNote(
                    f.Last.Id, f.Last.Severity.ToString().ToLowerInvariant(), f.Last.Router.Index, f.Last.Step, f.Last.Experts, f.Times,
                    language.Text(f.Last.Facts), language.Text(f.Last.Info.Meaning), language.Text(f.Last.Info.Advice)) { Row = f.Last.Row }),
            ], to),
            RpcJson.Default.AnomaliesResult);
    }

    private RecordedRun Recorded(Call call) => sessions.FindRecorded(call.Parameters.Text("session"));
}
