using MoeDevtools.Messages;
using SQLitePCL;

namespace MoeDevtools.Traces.Storage;

/// <summary>Failures of trace files as errors that a person can act on.</summary>
internal static class TraceErrors
{
    /// <summary>While writing <paramref name="path"/>.</summary>
    public static UserError Writing(string path, Exception cause) => cause switch
    {
        UserError error => error,
        SqliteFailure { Primary: raw.SQLITE_FULL } => new UserError("MOE7103", $"{path}: no space left on the disk; what was recorded until then is kept.", $"Free some space, or bound the recording with --max-size.", cause),
        SqliteFailure { Primary: raw.SQLITE_BUSY or raw.SQLITE_LOCKED } => InUse(path, cause),
        SqliteFailure { Primary: raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH } or UnauthorizedAccessException or DirectoryNotFoundException =>
            new UserError("MOE7104", $"{path} cannot be written: {cause.Message}.", $"Check that the folder exists and that you may write there.", cause),
        _ => new UserError("MOE7106", $"{path}: writing failed: {cause.Message}.", $"Check the disk or the network that it is on; what was recorded until then is kept.", cause),
    };

    public static UserError InUse(string path, Exception? cause = null) =>
        new("MOE7102", $"{path} is open in another process.", $"Stop the recording and close what reads it, or give another name.", cause);

    public static UserError Removed(string path) =>
        new("MOE7105", $"{path} was removed or renamed while it was recorded; the recording has ended.", $"Leave the file where it is until the session ends.");

    /// <summary>While reading <paramref name="path"/>.</summary>
    public static UserError Reading(string path, Exception cause) => cause switch
    {
        UserError error => error,
        SqliteFailure { Primary: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_ERROR or raw.SQLITE_SCHEMA } => Damaged(path, cause.Message, cause),
        _ => new UserError("MOE7117", $"{path} cannot be read: {cause.Message}.", $"Check its permissions and the disk that it is on.", cause),
    };

    /// <summary>What the file says contradicts itself.</summary>
    public static UserError Damaged(string path, string what, Exception? cause = null) =>
        new("MOE7114", $"{path} is damaged: {what}.", $"Record it again, or copy it again; \"moe-devtools trace verify\" says what is wrong in it.", cause);
}
