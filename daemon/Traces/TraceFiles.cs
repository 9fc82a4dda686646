using MoeDevtools.Messages;
using MoeDevtools.Traces.Storage;

namespace MoeDevtools.Traces;

/// <summary>Trace files of folders.</summary>
public static class TraceFiles
{
    public const string Extension = ".moetrace";

    /// <summary>The traces of a folder, newest first; a folder that is not there has none.</summary>
    /// <exception cref="UserError">The folder cannot be read.</exception>
    public static IEnumerable<TraceSummary> In(string folder)
    {
        try
        {
            var files = Directory.Exists(folder) ? new DirectoryInfo(folder).GetFiles("*" + Extension) : [];
            return files.OrderByDescending(f => f.LastWriteTimeUtc).ThenBy(f => f.Name, StringComparer.Ordinal).Select(Summary);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw TraceErrors.Reading(folder, cause);
        }
    }

    /// <summary>Removes a trace and what lies beside it; nothing happens where there is none.</summary>
    /// <exception cref="UserError">Not a trace, in use, or it cannot be removed.</exception>
    public static void Delete(string path)
    {
        try
        {
            TraceFile.TakeOver(path);
            TraceFile.Delete(path);
        }
        catch (Exception cause) when (cause is SqliteFailure or IOException or UnauthorizedAccessException)
        {
            throw TraceErrors.Writing(path, cause);
        }
    }

    private static TraceSummary Summary(FileInfo file)
    {
        try
        {
            using var reader = TraceReader.Open(file.FullName);
            return new TraceSummary(file.FullName, file.Length, reader.Info, reader.Extent(), reader.IsClosed, null);
        }
        catch (UserError problem)
        {
            return new TraceSummary(file.FullName, file.Exists ? file.Length : 0, null, null, false, problem);
        }
    }
}
