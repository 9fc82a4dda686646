using System.Text.Json;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces.Storage;

namespace MoeDevtools.Traces.Maintenance;

/// <summary>
/// Writes a trace anew, smaller or without what must not be given away. The new file is made beside its place and put there at the end: nothing of the old one is left
/// in free pages, and a failure leaves the old one as it was.
/// </summary>
public static class TraceRewriter
{
    /// <summary>Tables that are copied as they are; the other ones are below.</summary>
    private static readonly string[] Whole = ["steps", "loads", "checksums", "interventions", "anomalies", "drops", "totals"];

    /// <param name="target">May be <paramref name="source"/> itself; another trace there is replaced.</param>
    /// <exception cref="UserError">The source is damaged or in use, or the target cannot be written.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static RewriteResult Rewrite(string source, string target, RewriteOptions options, CancellationToken cancelled)
    {
        var inPlace = Path.GetFullPath(source) == Path.GetFullPath(target);
        TraceFile.OpenToRead(source, withoutLog: true).Dispose();
        TraceFile.TakeOver(target);
        var bytesBefore = new[] { source, TraceFile.LogOf(source) }.Where(File.Exists).Sum(file => new FileInfo(file).Length);
        var temporary = $"{Path.GetFullPath(target)}.{Path.GetRandomFileName()}.tmp";
        try
        {
            (long Batches, long LeftOut) done;
            using (var from = TraceFile.OpenToRead(source, withoutLog: true))
            using (var to = Open(temporary))
                done = Copy(from, to, options, cancelled);
            if (inPlace) TraceFile.TakeOver(target);                                       // a recording may have begun meanwhile
            File.Move(temporary, target, overwrite: true);
            foreach (var rest in new[] { TraceFile.LogOf(target), target + "-shm" }) File.Delete(rest);
            return new RewriteResult(bytesBefore, new FileInfo(target).Length, done.Batches, done.LeftOut);
        }
        catch (Exception cause) when (cause is InvalidDataException or JsonException or FormatException)
        {
            throw TraceErrors.Damaged(source, cause.Message, cause);
        }
        catch (Exception cause) when (cause is SqliteFailure or IOException or UnauthorizedAccessException)
        {
            throw TraceErrors.Writing(target, cause);
        }
        finally
        {
            TraceFile.Delete(temporary);
        }
    }

    private static Database Open(string path)
    {
        var database = Database.OpenToWrite(path);
        // Nobody sees the file before it is whole: no journal, one sync at the end. Small pages waste less on few batches.
        database.Execute(FormattableString.Invariant($"""
            PRAGMA page_size = 4096;
            PRAGMA application_id = {TraceSchema.ApplicationId};
            PRAGMA user_version = {TraceSchema.Version};
            PRAGMA journal_mode = OFF;
            PRAGMA synchronous = FULL;
            BEGIN;
            """));
        return database;
    }

    private static (long, long) Copy(Database from, Database to, RewriteOptions options, CancellationToken cancelled)
    {
        var routers = TraceMeta.ReadRouters(from);
        var info = TraceMeta.ReadInfo(from);
        if (options.Redact) info = info with { Request = null, Source = info.Source is { } path ? Path.GetFileName(Path.TrimEndingDirectorySeparator(path)) : null };
        var columns = new Dictionary<int, RoutingColumns>();
        using (var select = from.Prepare("SELECT id, columns FROM routers"))
            while (select.Step()) columns[select.Int(0)] = (RoutingColumns)select.Int(1);
        if (options.Redact) routers = [.. routers.Select(router => router with { Sources = [] })];
        TraceMeta.Create(to, info, routers, router => columns.GetValueOrDefault(router.Index));
        to.Execute("DELETE FROM totals");
        foreach (var table in Whole) CopyTable(from, to, table);
        CopyTexts(from, to, options);
        using (var passes = new PassCopy(from, to, options)) passes.Copy(cancelled);
        long batches, leftOut;
        using (var copy = new BatchCopy(from, to, routers, options)) (batches, leftOut) = copy.Copy(cancelled);
        if (options.Redact)
            to.Execute("INSERT INTO drops (first_step, last_step, rows, reason) SELECT coalesce(min(id), 0), coalesce(max(id), 0), 0, 'redacted' FROM steps");
        TraceMeta.WriteClosed(to);
        to.Execute("COMMIT");
        return (batches, leftOut);
    }

    private static void CopyTexts(Database from, Database to, RewriteOptions options)
    {
        if (!options.Redact)
        {
            foreach (var table in new[] { "sequences", "token_texts", "tokens", "stops" }) CopyTable(from, to, table);
            return;
        }
        CopyTable(from, to, "sequences", options.KeepLabels ? "id, name, label, x''" : "id, NULL, NULL, x''");
        CopyTable(from, to, "tokens", "id, sequence, step, position, NULL, NULL, log_probability, NULL");
        CopyTable(from, to, "stops", "id, step, pass, rank, router, row, reason, NULL");       // a condition may quote a token
    }

    private static void CopyTable(Database from, Database to, string table, string columns = "*")
    {
        using var select = from.Prepare($"SELECT {columns} FROM {table}");
        using var insert = to.Prepare($"INSERT INTO {table} VALUES ({string.Join(',', Enumerable.Repeat('?', select.ColumnCount))})");
        while (select.Step())
        {
            for (var i = 0; i < select.ColumnCount; i++) insert.BindFrom(select, i);
            insert.Run();
        }
    }
}
