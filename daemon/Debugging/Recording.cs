using MoeDevtools.Capture;
using MoeDevtools.Messages;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging;

/// <summary>Where and how the runs of a session are recorded: a file that is kept, or a temporary one of bounded size that goes with this.</summary>
public sealed class Recording : IDisposable
{
    /// <summary>Bytes of a temporary recording; the oldest steps are dropped.</summary>
    public const long TemporaryBytes = 1L << 30;

    private readonly string _path;
    private readonly TraceOptions _options;
    private readonly bool _temporary;

    private Recording(string path, TraceOptions options, bool temporary) => (_path, _options, _temporary) = (path, options, temporary);

    public string Path => _path;

    /// <summary>Records into <paramref name="path"/>; each run replaces the one before.</summary>
    public static Recording Into(string path, TraceOptions options) => new(path, options, temporary: false);

    /// <summary>Records into a new file of <paramref name="folder"/>.</summary>
    public static Recording Temporary(string folder) =>
        new(System.IO.Path.Combine(folder, $"moe-devtools-{Environment.ProcessId}-{Guid.NewGuid():N}.moetrace"), new TraceOptions { MaxBytes = TemporaryBytes }, temporary: true);

    /// <summary>For <see cref="DebugOptions.Record"/>.</summary>
    /// <exception cref="UserError">From the writer: the file cannot be made.</exception>
    public TraceWriter Start(IRoutingSource source, RunRequest request)
    {
        if (_temporary) Directory.CreateDirectory(System.IO.Path.GetDirectoryName(_path)!);
        return TraceWriter.Create(_path, TraceInfos.Of(source, request, TimeProvider.System), source.Routers, _options);
    }

    /// <summary>The name of a branch's recording, beside the original.</summary>
    public Recording Branch(int number) =>
        new(System.IO.Path.ChangeExtension(_path, FormattableString.Invariant($"branch{number}.moetrace")), _options, _temporary);

    public void Dispose()
    {
        if (!_temporary) return;
        foreach (var suffix in (string[])["", "-wal", "-shm", "-journal"]) File.Delete(_path + suffix);
    }
}
