using System.Globalization;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Servers.Rpc.Protocol;
using MoeDevtools.Servers.Sessions;

namespace MoeDevtools.Servers.Rpc;

/// <summary>Sessions as clients are told of them.</summary>
internal static class SessionInfos
{
    public static SessionInfo Of(RegisteredSession session, Translations language) => session is SessionEntry entry ? OfDebugged(entry, language) : OfRecording((RecordingEntry)session);

    private static SessionInfo OfRecording(RecordingEntry entry) =>
        new(entry.Id, entry.Kind, entry.Source, NameOf(entry), "idle", entry.Extent.LastStep, entry.Extent.Decisions, 0, 0) { Recording = entry.Recorded.Path };

    private static SessionInfo OfDebugged(SessionEntry entry, Translations language)
    {
        var session = entry.Session;
        lock (entry.Gate)
        {
            var progress = session.Progress;
            return new SessionInfo(
                entry.Id, entry.Kind, entry.Source, NameOf(entry), Word(session.State), progress.Step, progress.Decisions, session.Interventions.Count, progress.Revision)
            {
                TokensPerSecond = progress.TokensPerSecond,
                Recording = session.Recorded?.Path,
                Listing = entry.Sources.ListingPath,
                Stop = session.Stopped is { } stop ? Of(stop, language) : null,
            };
        }
    }

    private static StopInfo Of(Stop stop, Translations language)
    {
        var (batch, rows) = (stop.Batch, stop.Batch.Pass.Rows);
        IReadOnlyList<int> experts = batch.Has(RoutingColumns.SelectedExperts) ? [.. batch.ExpertsOf(stop.Row).ToArray().Where(e => e >= 0)] : [];
        var why = stop.Anomalies.Select(a => (FormattableString)$"{a.Id}: {a.Facts}").Concat(stop.Hits.Select(h => h.Facts)).Select(language.Text).ToList();
        return new StopInfo(stop.Cursor.Step, stop.Cursor.Pass, stop.Cursor.Router, stop.Router.Name, stop.Row, rows.Position[stop.Row] is var position and >= 0 ? position : null, Word(stop.Reason), stop.IsPast, experts)
        {
            Text = rows.Text[stop.Row],
            Why = why.Count == 0 ? null : string.Join("; ", why),
        };
    }

    private static string NameOf(RegisteredSession session) => Path.GetFileName(Path.TrimEndingDirectorySeparator(session.Source));

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLower(CultureInfo.InvariantCulture);
}
