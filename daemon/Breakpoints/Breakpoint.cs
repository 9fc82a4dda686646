using System.Globalization;
using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints;

/// <summary>
/// A breakpoint of a <see cref="BreakpointManager"/>, which alone changes it. The counters are written on the compute thread and may be
/// read anywhere.
/// </summary>
public sealed class Breakpoint
{
    private volatile bool _enabled = true;
    private Func<FormattableString>? _error;
    private int _errorColumn;

    internal Breakpoint(int id, BreakpointSpec spec)
    {
        Id = id;
        Spec = spec;
    }

    /// <summary>From 1, never used again.</summary>
    public int Id { get; }

    public BreakpointSpec Spec { get; internal set; }

    /// <summary>The mode it has, stated or by default.</summary>
    public BreakpointMode Mode { get; internal set; }

    public bool Enabled { get => _enabled; internal set => _enabled = value; }

    /// <summary>False if it binds to no router: it is kept, and never reached.</summary>
    public bool Verified { get; internal set; }

    /// <summary>What it binds to, or why to nothing.</summary>
    public FormattableString Message { get; internal set; } = $"";

    /// <summary>Batches or rows, by mode, that it looked at while it was enabled.</summary>
    public long Reached { get; internal set; }

    /// <summary>Times its condition was true.</summary>
    public long True { get; internal set; }

    /// <summary>Times its condition had no value: counted here, and neither true nor false.</summary>
    public long Errored { get; private set; }

    /// <summary>Stops, or messages logged.</summary>
    public long Hits { get; internal set; }

    /// <summary>The last reason why the condition had no value, with its column in the condition; null = none.</summary>
    public FormattableString? LastError => _error is null ? null : (FormattableString)$"{_error()} at column {_errorColumn}";

    /// <summary>Whether what it says of a batch depends on the batches before it: a hit count, a crossing, a window of steps.</summary>
    public bool LooksBack => Spec.Hits is not null || Spec.Crosses || Bindings.Any(b => b.HasWindow);

    internal bool HasCondition => Spec.Condition is not null || Spec.ReadsExpert is not null;

    internal HitRule Rule { get; set; } = HitRule.Always;

    /// <summary>Times that the hit count has counted.</summary>
    internal long Occurrences { get; set; }

    internal IReadOnlyList<Binding> Bindings { get; set; } = [];

    /// <summary>Why it did or did not stop so far: <c>reached 1,204 times, condition true 3, errors 0</c>.</summary>
    public FormattableString Explain()
    {
        if (!Verified) return Message;
        FormattableString counts = HasCondition ? (FormattableString)$"reached {Reached:N0} times, condition true {True:N0}, errors {Errored:N0}" : $"reached {Reached:N0} times";
        if (Spec.Hits is not null) counts = $"{counts}, hits {Hits:N0}";
        if (LastError is { } error) counts = $"{counts} (last: {error})";
        return Enabled ? counts : $"disabled; {counts}";
    }

    /// <param name="reason">Made when it is read: nothing is allocated here.</param>
    internal void NoteError(Func<FormattableString> reason, int column)
    {
        Errored++;
        _error = reason;
        _errorColumn = column;
    }

    internal void ResetCounters()
    {
        Reached = True = Errored = Hits = Occurrences = 0;
        _error = null;
        foreach (var binding in Bindings) binding.Restart();
    }
}
