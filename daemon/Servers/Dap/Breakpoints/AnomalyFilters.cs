using System.Globalization;
using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Messages;
using MoeDevtools.Servers.Dap.Protocol;

namespace MoeDevtools.Servers.Dap.Breakpoints;

/// <summary>Anomaly filters as exception filters: those of the launch configuration, and those that the client has switched on.</summary>
internal sealed class AnomalyFilters(ClientBreakpoints breakpoints, Outbox outbox)
{
    private readonly Dictionary<string, int> _ids = [];
    private IReadOnlyList<AnomalyFilter> _launch = [];
    private IReadOnlyList<(string Id, string? Settings, string? Mode)>? _client;    // null = never sent

    /// <summary>The number under which the client knows the filter of an anomaly; null = it does not.</summary>
    public int? IdOf(string anomaly)
    {
        lock (_ids) return _ids.TryGetValue(anomaly, out var id) ? id : null;
    }

    public static IReadOnlyList<ExceptionBreakpointsFilter> Known(Translations translations) => [.. AnomalyMonitor.Known.Select(info => new ExceptionBreakpointsFilter(info.Id, translations.Text(info.Title))
    {
        Description = translations.Text(info.Meaning),
        Default = AnomalyMonitor.OnByDefault.Contains(info.Id),
        SupportsCondition = info.Settings.Count > 0,
        ConditionDescription = info.Settings.Count == 0 ? null
            : string.Join(",", info.Settings.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Name}={s.Default}"))),
    })];

    public void Launch(IReadOnlyList<AnomalyFilter> filters) => _launch = filters;

    /// <summary>What the client has switched on, instead of what it had before. One breakpoint each, in their order.</summary>
    public IReadOnlyList<Protocol.Breakpoint> Replace(IReadOnlyList<(string Id, string? Settings, string? Mode)> filters, Debuggee? debuggee)
    {
        _client = filters;
        var told = debuggee is null ? [] : Apply(debuggee);
        return [.. filters.Select(filter => Told(filter.Id, debuggee is not null, told.GetValueOrDefault(filter.Id)))];
    }

    /// <summary>Brings them into a session that was just opened, and tells the client of those that it knows.</summary>
    /// <exception cref="UserError">One of the launch configuration does not exist.</exception>
    public void Open(Debuggee debuggee)
    {
        foreach (var filter in _launch) debuggee.Session.Filters.Enable(filter.Id, filter.Settings, filter.EachRow);
        var told = Apply(debuggee);
        foreach (var (id, _, _) in _client ?? [])
            outbox.Event("breakpoint", new BreakpointEventBody("changed", Told(id, true, told.GetValueOrDefault(id))), DapJson.Default.BreakpointEventBody);
    }

    /// <summary>By filter what there is to say of it, and whether that is why it does not look.</summary>
    private Dictionary<string, (string Message, bool Failed)> Apply(Debuggee debuggee)
    {
        var told = new Dictionary<string, (string Message, bool Failed)>(StringComparer.Ordinal);
        var monitor = debuggee.Session.Filters;
        var wanted = (_client ?? [.. AnomalyMonitor.OnByDefault.Select(id => (id, (string?)null, (string?)null))]).ToList();
        foreach (var known in monitor.Enabled)
            if (!wanted.Exists(w => w.Id == known.Id) && _launch.All(l => l.Id != known.Id)) monitor.Disable(known.Id);
        foreach (var (id, settings, mode) in wanted)
        {
            try
            {
                var filter = AnomalyFilter.Parse(settings is null ? id : $"{id}:{settings}");
                if (settings is null && mode is null && _launch.FirstOrDefault(l => l.Id == id) is { } launched) filter = launched;
                var eachRow = WantedBreakpoints.Mode(mode) is { } given ? given == MoeDevtools.Breakpoints.BreakpointMode.Decision : filter.EachRow;
                // A client offers its modes for every filter; in the grammar a mode without a meaning is refused.
                var hasRows = mode is null || AnomalyMonitor.Known.Any(known => known.Id == id && known.NamesRows);
                monitor.Enable(filter.Id, filter.Settings, eachRow && hasRows);
                if (eachRow && !hasRows) told[id] = (outbox.Translations.Text($"stops once a router and pass: it is of a whole window and names no rows"), false);
            }
            catch (UserError error)
            {
                told[id] = (outbox.Text(error), true);
            }
        }
        return told;
    }

    private Protocol.Breakpoint Told(string filter, bool isOpen, (string? Message, bool Failed) told)
    {
        int id;
        lock (_ids)
            if (!_ids.TryGetValue(filter, out id)) _ids[filter] = id = breakpoints.NextId();
        return new Protocol.Breakpoint
        {
            Id = id, Verified = isOpen && !told.Failed, Message = told.Message ?? (isOpen ? null : outbox.Translations.Text($"waits for a session to be launched")),
            Reason = told.Failed ? "failed" : isOpen ? null : "pending",
        };
    }
}
