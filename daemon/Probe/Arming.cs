using System.Text.Json;

namespace MoeDevtools.Probe;

/// <summary>What the daemon wants: the <c>arm</c> message. Immutable.</summary>
internal sealed class Arming
{
    private readonly HashSet<int> _armed = [];
    private readonly HashSet<int>? _captured = [];
    private readonly HashSet<string> _columns = new(StringComparer.Ordinal);
    private readonly bool _all;

    /// <summary>Nothing.</summary>
    public Arming()
    {
    }

    /// <exception cref="InvalidOperationException">It is none.</exception>
    /// <exception cref="FormatException">It is none.</exception>
    public Arming(JsonElement message)
    {
        _all = Flag(message, "all");
        _armed = Numbers(message, "armed");
        _captured = message.TryGetProperty("captured", out var captured) && captured.ValueKind == JsonValueKind.String && captured.ValueEquals("all") ? null : Numbers(message, "captured");
        if (message.TryGetProperty("columns", out var columns)) _columns = [.. columns.EnumerateArray().Select(name => name.GetString()!)];
        HoldsSteps = message.TryGetProperty("hold", out var hold) && hold.ValueEquals("step");
        StopsAtNotFinite = Flag(message, "stopAtNotFinite");
    }

    public bool HoldsSteps { get; }

    public bool StopsAtNotFinite { get; }

    public bool Holds(int router) => _all || _armed.Contains(router);

    public bool Captures(int router) => _captured is null || _captured.Contains(router);

    public bool Wants(string column) => _columns.Contains(column);

    private static bool Flag(JsonElement message, string name) => message.TryGetProperty(name, out var value) && value.GetBoolean();

    private static HashSet<int> Numbers(JsonElement message, string name) =>
        message.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(number => number.GetInt32())] : [];
}
