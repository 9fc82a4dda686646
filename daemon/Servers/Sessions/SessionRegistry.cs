using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Debugging.Views;
using MoeDevtools.Messages;

namespace MoeDevtools.Servers.Sessions;

/// <summary>The sessions of a daemon by id. Any thread.</summary>
public sealed class SessionRegistry : IDisposable
{
    private readonly Lock _gate = new();      // guards _entries and _last
    private readonly List<RegisteredSession> _entries = [];
    private int _last;

    /// <summary>After a session came, went or changed. On the thread that did it, which must not be kept waiting.</summary>
    public event Action? Updated;

    public IReadOnlyList<RegisteredSession> All
    {
        get
        {
            lock (_gate) return [.. _entries];
        }
    }

    /// <param name="id">An id that the client has for it; null, or one that is taken: the registry makes one.</param>
    public SessionEntry Add(LaunchedSession launched, string? id, SourceMap sources) => Add(free => new SessionEntry(free, launched, sources), id);

    /// <summary>Opens a recording to look at; one that is open already is the same session.</summary>
    /// <exception cref="UserError">It cannot be opened.</exception>
    public RecordingEntry Open(string path)
    {
        path = Path.GetFullPath(path);
        lock (_gate)
            if (_entries.OfType<RecordingEntry>().FirstOrDefault(e => e.Recorded.Path == path) is { } open) return open;
        var run = RecordedRun.Open(path);
        var extent = run.Look((reader, _) => reader.Extent(), CancellationToken.None);
        return Add(free => new RecordingEntry(free, run, extent), null);
    }

    public void Remove(RegisteredSession entry)
    {
        lock (_gate) _entries.Remove(entry);
        entry.Updated -= Update;
        (entry as IDisposable)?.Dispose();
        Update();
    }

    /// <exception cref="UserError">There is none.</exception>
    public RegisteredSession Find(string id) => All.FirstOrDefault(e => e.Id == id)
        ?? throw new UserError("MOE7040", $"there is no session \"{id}\".", $"sessions/list names those that there are.");

    /// <summary>A session with a debugger.</summary>
    /// <exception cref="UserError">There is none, or it is a recording.</exception>
    public SessionEntry FindDebugged(string id) => Find(id) as SessionEntry
        ?? throw new UserError("MOE7070", $"\"{id}\" is a recording that is only looked at.", $"Debug it: launch it as trace.");

    /// <summary>The recording of a session.</summary>
    /// <exception cref="UserError">There is no session, or none of it is recorded.</exception>
    public RecordedRun FindRecorded(string id) => Find(id).Recorded
        ?? throw new UserError("MOE7074", $"nothing of \"{id}\" is recorded.", $"Run it; where record is false in its launch configuration, leave that out.");

    public void Dispose()
    {
        foreach (var entry in All.OfType<RecordingEntry>()) Remove(entry);
    }

    private T Add<T>(Func<string, T> create, string? id) where T : RegisteredSession
    {
        T entry;
        lock (_gate)
        {
            if (id is null || _entries.Exists(e => e.Id == id)) id = FormattableString.Invariant($"session-{++_last}");
            entry = create(id);
            _entries.Add(entry);
        }
        entry.Updated += Update;
        Update();
        return entry;
    }

    private void Update() => Updated?.Invoke();
}
