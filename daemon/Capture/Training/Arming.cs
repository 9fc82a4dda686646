using System.Text.Json;
using MoeDevtools.Routing;

namespace MoeDevtools.Capture.Training;

/// <summary>What a session wants of a program now: the <c>arm</c> message. Immutable.</summary>
internal sealed class Arming
{
    private readonly bool[] _armed;
    private readonly bool[] _captured;
    private readonly RoutingColumns _columns;
    private readonly bool _steps;
    private readonly bool _notFinite;

    private Arming(bool[] armed, bool[] captured, RoutingColumns columns, bool steps, bool notFinite) =>
        (_armed, _captured, _columns, _steps, _notFinite) = (armed, captured, columns, steps, notFinite);

    /// <summary>No router is wanted or waited for.</summary>
    public static Arming Nothing { get; } = new([false], [false], RoutingColumns.None, false, false);

    /// <summary>What <paramref name="sink"/> wants now; <paramref name="before"/> itself where that is the same.</summary>
    public static Arming Of(IRoutingSink sink, IReadOnlyList<RouterInfo> routers, Arming? before)
    {
        var (armed, captured, columns) = (new bool[routers.Count], new bool[routers.Count], RoutingColumns.None);
        for (var i = 0; i < routers.Count; i++)
        {
            armed[i] = sink.MayHold(routers[i]);
            var wanted = sink.Wanted(routers[i]);
            captured[i] = wanted != RoutingColumns.None;
            columns |= wanted;
        }
        // A rank without an armed router waits at its next step.
        var (steps, notFinite) = (sink.MayHoldSteps || armed.Contains(true), sink.MayHoldNotFinite);
        return before is not null && before._columns == columns && before._steps == steps && before._notFinite == notFinite && armed.AsSpan().SequenceEqual(before._armed) && captured.AsSpan().SequenceEqual(before._captured)
            ? before : new Arming(armed, captured, columns, steps, notFinite);
    }

    /// <summary>Writes the members for a connection.</summary>
    /// <param name="routers">Indices of the session's routers by those of the connection.</param>
    public void Write(Utf8JsonWriter members, IReadOnlyList<int> routers)
    {
        WriteList(members, "armed", _armed, routers);
        members.WriteBoolean("all", !_armed.Contains(false));
        members.WriteStartArray("columns");
        foreach (var (column, name) in ProbeBatches.Columns)
            if ((_columns & column) != 0) members.WriteStringValue(name);
        members.WriteEndArray();
        if (_captured.Contains(false)) WriteList(members, "captured", _captured, routers);
        else members.WriteString("captured", "all");
        members.WriteString("hold", _steps ? "step" : "none");
        members.WriteBoolean("stopAtNotFinite", _notFinite);
    }

    private static void WriteList(Utf8JsonWriter members, string name, bool[] which, IReadOnlyList<int> routers)
    {
        members.WriteStartArray(name);
        for (var local = 0; local < routers.Count; local++)
            if (which[routers[local]]) members.WriteNumberValue(local);
        members.WriteEndArray();
    }
}
