using System.Buffers.Binary;
using MoeDevtools.Messages;
using SQLitePCL;

namespace MoeDevtools.Traces.Storage;

/// <summary>Opens trace files, and says what is wrong with one that cannot be opened.</summary>
internal static class TraceFile
{
    private const int HeaderBytes = 100;

    /// <summary>The log beside a file that is being written.</summary>
    public static string LogOf(string path) => path + "-wal";

    /// <summary>To read. The log of a recording that was killed is read along.</summary>
    /// <param name="withoutLog">Whether an unclosed file may be opened without its log.</param>
    /// <exception cref="UserError"/>
    public static Database OpenToRead(string path, bool withoutLog = false)
    {
        CheckHeader(path);
        var log = File.Exists(LogOf(path));                                                // opening makes one
        Database? opened = null;
        try
        {
            opened = OpenSomehow(path);
            if (!withoutLog && !log && IsUnclosed(path, opened))
                throw new UserError("MOE7115", $"{path} was not closed, and {Path.GetFileName(LogOf(path))} is not beside it: the last part of the recording may be in there.", $"Put it beside the file; without it, \"moe-devtools trace compact\" keeps what the file itself holds.");
            return opened;
        }
        catch (Exception cause) when (cause is SqliteFailure or UserError)
        {
            opened?.Dispose();
            throw TraceErrors.Reading(path, cause);
        }
    }

    /// <summary>Makes sure that nobody has the file open and that it is one file without a log, or that there is none. What is not a trace is refused.</summary>
    /// <exception cref="UserError"/>
    public static void TakeOver(string path)
    {
        if (Directory.Exists(path) || (File.Exists(path) && new FileInfo(path).Length > 0 && !IsTrace(path)))
            throw new UserError("MOE7101", $"{path} is there and is no trace.", $"Give another name, or move it away.");
        if (!File.Exists(path) || new FileInfo(path).Length == 0) return;
        try
        {
            using var database = Database.OpenToWrite(path);
            if (database.Text("PRAGMA journal_mode=DELETE") != "delete") throw TraceErrors.InUse(path);
        }
        catch (SqliteFailure failure) when (failure.Primary is raw.SQLITE_BUSY or raw.SQLITE_LOCKED)
        {
            throw TraceErrors.InUse(path, failure);
        }
        catch (SqliteFailure)
        {
            // Damaged: whoever replaces it loses nothing, whoever reads it is told by OpenToRead.
        }
    }

    /// <summary>Removes a file and what SQLite leaves beside it.</summary>
    public static void Delete(string path)
    {
        foreach (var file in new[] { path, LogOf(path), path + "-shm", path + "-journal" }) File.Delete(file);
    }

    private static bool IsTrace(string path)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        return ReadHeader(path, header) == HeaderBytes && header.StartsWith("SQLite format 3\0"u8)
            && BinaryPrimitives.ReadInt32BigEndian(header[68..]) == TraceSchema.ApplicationId;
    }

    /// <summary>What can be seen without SQLite, which would say less.</summary>
    private static void CheckHeader(string path)
    {
        if (!File.Exists(path))
            throw new UserError("MOE7110", $"There is no file {path}.", $"Give a .moetrace file, as --record writes it.");
        Span<byte> header = stackalloc byte[HeaderBytes];
        int read;
        try
        {
            read = ReadHeader(path, header);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw TraceErrors.Reading(path, cause);
        }
        var log = File.Exists(LogOf(path));
        if (read < HeaderBytes && log && read == 0) return;                                // nothing was checkpointed yet
        if (read < HeaderBytes || !header.StartsWith("SQLite format 3\0"u8) || (BinaryPrimitives.ReadInt32BigEndian(header[68..]) != TraceSchema.ApplicationId && !log))
            throw new UserError("MOE7111", $"{path} is not a trace.", $"Give a .moetrace file, as --record writes it; files of other tools are imported.");
        var version = BinaryPrimitives.ReadInt32BigEndian(header[60..]);
        if (version > TraceSchema.Version)
            throw new UserError("MOE7112", $"{path} has version {version} of the format; this program knows {TraceSchema.Version}.", $"Use a newer moe-devtools.");
        var pageBytes = BinaryPrimitives.ReadUInt16BigEndian(header[16..]) is 1 ? 65536L : BinaryPrimitives.ReadUInt16BigEndian(header[16..]);
        var expected = pageBytes * BinaryPrimitives.ReadUInt32BigEndian(header[28..]);
        var length = new FileInfo(path).Length;
        if (length < expected && !log)
            throw new UserError("MOE7113", $"{path} is truncated: it has {length} of {expected} bytes.", $"Copy it again, or record it again.");
    }

    private static int ReadHeader(string path, Span<byte> header)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
    }

    private static Database OpenSomehow(string path)
    {
        Database? database = null;
        try
        {
            database = Database.OpenToRead(path);
            database.Number("SELECT count(*) FROM sqlite_master");                          // opens the file in truth
            return database;
        }
        catch (SqliteFailure failure) when (failure.Primary is raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY)
        {
            database?.Dispose();
            if (File.Exists(LogOf(path)) && new FileInfo(LogOf(path)).Length > 0)
                throw new UserError("MOE7116", $"{path} was not closed, and its log cannot be read in a folder where nothing can be written.", $"Copy the file and {Path.GetFileName(LogOf(path))} to another folder.", failure);
            return Database.OpenImmutable(path);
        }
        catch
        {
            database?.Dispose();
            throw;
        }
    }

    private static bool IsUnclosed(string path, Database database)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        return ReadHeader(path, header) == HeaderBytes && header[18] == 2 && database.Text("SELECT value FROM meta WHERE key = 'closed'") is null;    // 2: a log is used
    }
}
