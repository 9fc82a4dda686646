using System.Collections.Concurrent;
using MoeDevtools.Breakpoints;
using MoeDevtools.Capture.Training;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;

namespace MoeDevtools.Servers.Dap.Breakpoints;

/// <summary>
/// The client's breakpoints, group by group, as it last sent them; they live before and after the session that they bind to. Any thread.
/// </summary>
internal sealed class ClientBreakpoints(Outbox outbox)
{
    private readonly Lock _gate = new();                       // held while something is bound or told
    private readonly ConcurrentDictionary<int, ClientBreakpoint> _byBound = [];
    private readonly CandidateLines _candidates = new();
    private volatile IReadOnlyList<ClientBreakpoint> _all = [];
    private int _lastId;
    private ProgramSettings? _opening;

    public IReadOnlyList<ClientBreakpoint> All => _all;

    /// <summary>A number that no breakpoint has had.</summary>
    public int NextId() => ++_lastId;

    /// <summary>The client's breakpoint of a breakpoint of the session; null where the client has none for it.</summary>
    public ClientBreakpoint? Of(Breakpoint bound) => _byBound.GetValueOrDefault(bound.Id);

    /// <summary>Makes <paramref name="wanted"/> all there is in <paramref name="group"/>; the result is in their order.</summary>
    /// <param name="debuggee">Null = nothing is opened yet: they are pending.</param>
    public IReadOnlyList<ClientBreakpoint> Replace(string group, IReadOnlyList<Wanted> wanted, Debuggee? debuggee)
    {
        using var guard = _gate.EnterScope();
        var left = _all.Where(b => b.Group == group).ToList();
        ClientBreakpoint? Take(Predicate<ClientBreakpoint> isIt)
        {
            var found = left.Find(isIt);
            if (found is not null) left.Remove(found);
            return found;
        }
        var same = wanted.Select(each => Take(b => b.Wanted.Text == each.Text)).ToList();    // before an edited neighbour on the same line takes it
        var result = new List<ClientBreakpoint>(wanted.Count);
        foreach (var (each, i) in wanted.Select((each, i) => (each, i)))
        {
            var old = same[i] ?? Take(b => b.Wanted.Place == each.Place);
            var breakpoint = old ?? new ClientBreakpoint(NextId(), group) { Wanted = each };
            if (old is null || old.Wanted.Text != each.Text || old.Bound.Count == 0)
            {
                if (debuggee is not null) Release(breakpoint, debuggee);
                breakpoint.Wanted = each;
                Bind(breakpoint, debuggee);
            }
            result.Add(breakpoint);
        }
        if (debuggee is not null)
            foreach (var gone in left) Release(gone, debuggee);
        _all = [.. _all.Where(b => b.Group != group), .. result];
        foreach (var breakpoint in result) breakpoint.Told = breakpoint.Message(outbox.Translations);
        return result;
    }

    /// <summary>The training whose first pass is waited for; null = none is.</summary>
    public ProgramSettings? Opening
    {
        get => _opening;
        set
        {
            using var guard = _gate.EnterScope();
            _opening = value;
            foreach (var breakpoint in _all)
                if (breakpoint.IsPending) breakpoint.Refusal = outbox.Translations.Text(Waits(breakpoint.Wanted));
        }
    }

    /// <summary>Lines of a file where a router of the training that is waited for may be; empty where none is known.</summary>
    public IReadOnlyList<int> CandidatesIn(string path) => Opening is { } opening ? _candidates.Of(path, opening.Interpreter) ?? [] : [];

    /// <summary>Binds what waits for a session to the one that was just opened.</summary>
    public void BindAll(Debuggee debuggee)
    {
        using var guard = _gate.EnterScope();
        foreach (var breakpoint in _all)
            if (breakpoint.IsPending) Bind(breakpoint, debuggee);
    }

    /// <summary>Routers have come: what named none of those before may name one of them.</summary>
    public void BindRefused(Debuggee debuggee)
    {
        using var guard = _gate.EnterScope();
        foreach (var breakpoint in _all)
            if (breakpoint is { IsPending: false, Bound.Count: 0 }) Bind(breakpoint, debuggee);
    }

    /// <summary>The session that they were bound to is gone.</summary>
    public void ForgetBound()
    {
        using var guard = _gate.EnterScope();
        _byBound.Clear();
        foreach (var breakpoint in _all) Bind(breakpoint, null);
    }

    /// <summary>Those whose message is not what the client was last told.</summary>
    public IReadOnlyList<ClientBreakpoint> TakeChanged()
    {
        using var guard = _gate.EnterScope();
        var changed = _all.Where(b => b.Told != b.Message(outbox.Translations)).ToList();
        foreach (var breakpoint in changed) breakpoint.Told = breakpoint.Message(outbox.Translations);
        return changed;
    }

    private void Bind(ClientBreakpoint breakpoint, Debuggee? debuggee)
    {
        (breakpoint.Bound, breakpoint.IsPending, breakpoint.Refusal, breakpoint.Error) = ([], debuggee is null, null, null);
        if (debuggee is null)
        {
            breakpoint.Refusal = outbox.Translations.Text(Waits(breakpoint.Wanted));
            return;
        }
        var bound = new List<Breakpoint>();
        try
        {
            foreach (var spec in breakpoint.Wanted.Specs(debuggee)) bound.Add(debuggee.Session.Breakpoints.Add(spec));
            breakpoint.Bound = bound;
            foreach (var each in bound) _byBound[each.Id] = breakpoint;
        }
        catch (UserError error)
        {
            foreach (var each in bound) debuggee.Session.Breakpoints.Remove(each.Id);
            (breakpoint.Refusal, breakpoint.Error) = (outbox.Text(error), error);
        }
    }

    /// <summary>Why it is not bound yet; what a line looks like is confirmed, or not, by the first pass.</summary>
    private FormattableString Waits(Wanted wanted)
    {
        if (Opening is not { } opening) return $"waits for a session to be launched";
        if (wanted.Source is not { } source || _candidates.Of(source.Path, opening.Interpreter) is not { } lines) return $"waits for the first pass";
        if (lines.Count == 0) return $"waits for the first pass: nothing in this file looks like a router";
        if (lines.Contains(wanted.Line)) return $"waits for the first pass: this line looks like a router's";
        return $"waits for the first pass: this line looks like no router's; nearest that does: {lines.MinBy(line => Math.Abs(line - wanted.Line))}";
    }

    private void Release(ClientBreakpoint breakpoint, Debuggee debuggee)
    {
        foreach (var each in breakpoint.Bound)
        {
            debuggee.Session.Breakpoints.Remove(each.Id);
            _byBound.TryRemove(each.Id, out _);
        }
        breakpoint.Bound = [];
    }
}
