using System.Text.Json;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces.Storage;

namespace MoeDevtools.Traces.Maintenance;

/// <summary>Checks that a trace agrees with itself: SQLite's own structures, the length of each blob, ids in range, loads and totals as the batches say.</summary>
public static class TraceVerifier
{
    /// <summary>Reads the whole file. Problems come in the order in which they are found; memory does not grow with the trace.</summary>
    /// <exception cref="UserError">The file cannot be opened at all.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static IEnumerable<TraceProblem> Check(string path, CancellationToken cancelled)
    {
        using var database = TraceFile.OpenToRead(path, withoutLog: true);
        var found = new Queue<TraceProblem>();
        using var problems = CheckAll(database, cancelled).GetEnumerator();
        while (true)
        {
            try
            {
                if (!problems.MoveNext()) yield break;
                found.Enqueue(problems.Current);
            }
            catch (Exception cause) when (cause is SqliteFailure or InvalidDataException or JsonException or FormatException)
            {
                found.Enqueue(new TraceProblem("file", cause.Message));
            }
            while (found.TryDequeue(out var problem)) yield return problem;
        }
    }

    private static IEnumerable<TraceProblem> CheckAll(Database database, CancellationToken cancelled)
    {
        using (var check = database.Prepare("PRAGMA integrity_check(20)"))
            while (check.Step())
                if (check.Text(0) is { } line and not "ok") yield return new TraceProblem("file", line);

        var routers = TraceMeta.ReadRouters(database);
        var orphans = database.Number("SELECT count(*) FROM batches b WHERE NOT EXISTS (SELECT 1 FROM passes WHERE id = b.id >> 16)");
        if (orphans > 0) yield return new TraceProblem("batches", $"{orphans} batches belong to no pass");
        var before = database.Number("SELECT count(*) FROM batches_before b WHERE NOT EXISTS (SELECT 1 FROM batches WHERE id = b.id)");
        if (before > 0) yield return new TraceProblem("batches_before", $"{before} of them belong to no batch");

        var walk = new BatchCheck(database, routers);
        using var passes = database.Prepare($"SELECT {PassRow.Columns} FROM passes ORDER BY step, pass, rank");
        while (passes.Step())
        {
            cancelled.ThrowIfCancellationRequested();
            foreach (var problem in walk.Pass(passes)) yield return problem;
            foreach (var problem in walk.Batches(passes.Integer(0))) yield return problem;
        }
        foreach (var problem in walk.End()) yield return problem;

        using var totals = database.Prepare("SELECT batches, decisions FROM totals");
        if (!totals.Step() || (totals.Integer(0), totals.Integer(1)) != (walk.BatchCount, walk.Decisions))
            yield return new TraceProblem("totals", $"they do not say {walk.BatchCount} batches and {walk.Decisions} decisions");
    }
}
