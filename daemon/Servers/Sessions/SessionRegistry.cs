using MoeDevtools.Debugging;
using MoeDevtools.Messages;

namespace MoeDevtools.Servers.Sessions;

/// <summary>The sessions of a daemon by id. Any thread.</summary>
public sealed class SessionRegistry
{
    private readonly Lock _gate = new();      // guards _entries and _last
    private readonly List<SessionEntry> _entries = [];
    private int _last;

    public IReadOnlyList<SessionEntry> All
    {
        get
        {
            lock (_gate) return [.. _entries];
        }
    }

    /// <param name="id">An id that the client has for it; null, or one that is taken: the registry makes one.</param>
    public SessionEntry Add(LaunchedSession launched, string? id)
    {
        lock (_gate)
        {
            if (id is null || _entries.Exists(e => e.Id == id)) id = FormattableString.Invariant($"session-{++_last}");
            var entry = new SessionEntry(id, launched);
            _entries.Add(entry);
            return entry;
        }
    }

    public void Remove(SessionEntry entry)
    {
        lock (_gate) _entries.Remove(entry);
    }

    /// <exception cref="UserError">There is none.</exception>
    public SessionEntry Find(string id) => All.FirstOrDefault(e => e.Id == id)
        ?? throw new UserError("MOE7040", $"there is no session \"{id}\".", $"sessions/list names those that there are.");
}
