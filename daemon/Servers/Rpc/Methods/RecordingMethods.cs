using System.Globalization;
using MoeDevtools.Messages;
using MoeDevtools.Servers.Rpc.Protocol;
using MoeDevtools.Servers.Sessions;
using MoeDevtools.Traces;

namespace MoeDevtools.Servers.Rpc.Methods;

/// <summary>Recordings that lie in folders.</summary>
internal sealed class RecordingMethods(SessionRegistry sessions)
{
    public IEnumerable<RpcMethod> All =>
    [
        new("recordings/open", Open, InBackground: true),
        new("recordings/close", Close, InBackground: true),
        new("recordings/list", List, InBackground: true),
        new("recordings/delete", Delete, InBackground: true),
    ];

    private void Open(Call call) => call.Answer(SessionInfos.Of(sessions.Open(call.Parameters.Text("path")), call.Translations), RpcJson.Default.SessionInfo);

    private void Close(Call call)
    {
        if (sessions.Find(call.Parameters.Text("session")) is not RecordingEntry entry)
            throw new UserError("MOE7072", $"\"{call.Parameters.Text("session")}\" is debugged, not a recording that is only looked at.", $"End it in the editor that debugs it.");
        sessions.Remove(entry);
        call.AnswerNull();
    }

    private static void List(Call call)
    {
        var files = new List<RecordingFile>();
        foreach (var file in call.Parameters.Texts("folders").SelectMany(TraceFiles.In))
        {
            call.Cancelled.ThrowIfCancellationRequested();
            files.Add(Told(file, call.Translations));
        }
        call.Answer(files, RpcJson.Default.IReadOnlyListRecordingFile);
    }

    private void Delete(Call call)
    {
        var path = Path.GetFullPath(call.Parameters.Text("path"));
        if (sessions.All.FirstOrDefault(s => s.Recorded?.Path is { } used && Path.GetFullPath(used) == path) is { } user)
            throw new UserError("MOE7073", $"{path} belongs to the session \"{user.Id}\".", $"End or close that session first.");
        TraceFiles.Delete(path);
        call.AnswerNull();
    }

    private static RecordingFile Told(TraceSummary file, Translations translations) => new(file.Path, file.Bytes, file.IsClosed)
    {
        Created = file.Info?.Created.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        Kind = file.Info?.Kind.ToString().ToLower(CultureInfo.InvariantCulture),
        Source = file.Info?.Source,
        Model = file.Info?.ModelType,
        Steps = file.Extent?.Steps,
        Decisions = file.Extent?.Decisions,
        Problem = file.Problem is { } problem ? $"{translations.Text(problem.Facts)} {translations.Text(problem.WhatToDo)}" : null,
    };
}
