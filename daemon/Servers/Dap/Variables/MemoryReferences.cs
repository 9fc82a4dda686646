using System.Globalization;
using System.Runtime.InteropServices;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Servers.Dap.Variables;

/// <summary>Names for the bytes of the decision in focus: a column of the batch and the stop that it is of. Values are little-endian, 32 bits each.</summary>
internal static class MemoryReferences
{
    public static IReadOnlyList<string> Columns { get; } = ["router_logits", "router_scores", "selection_scores", "selected_experts", "routing_weights"];

    public static string Of(string column, int stop) => string.Create(CultureInfo.InvariantCulture, $"{column}@{stop}");

    /// <exception cref="UserError">Of a former stop, or of nothing.</exception>
    public static byte[] Read(string reference, Stop stop, int number)
    {
        var column = Columns.FirstOrDefault(c => Of(c, number) == reference);
        return (column is null ? null : Bytes(stop, column))
            ?? throw new UserError("MOE7017", $"memoryReference \"{reference}\" is of nothing at this stop.", $"Ask for the variables again: references end when the session goes on.");
    }

    /// <summary>Null where the column is not captured.</summary>
    public static byte[]? Bytes(Stop stop, string column)
    {
        var (batch, row) = (stop.Batch, stop.Row);
        return column switch
        {
            "router_logits" => batch.Has(RoutingColumns.RouterLogits) ? MemoryMarshal.AsBytes(batch.LogitsOf(row)).ToArray() : null,
            "router_scores" => batch.Has(RoutingColumns.RouterScores) ? MemoryMarshal.AsBytes(batch.ScoresOf(row)).ToArray() : null,
            "selection_scores" => batch.Has(RoutingColumns.SelectionScores) ? MemoryMarshal.AsBytes(batch.SelectionOf(row)).ToArray() : null,
            "selected_experts" => batch.Has(RoutingColumns.SelectedExperts) ? MemoryMarshal.AsBytes(batch.ExpertsOf(row)).ToArray() : null,
            _ => batch.Has(RoutingColumns.RoutingWeights) ? MemoryMarshal.AsBytes(batch.WeightsOf(row)).ToArray() : null,
        };
    }
}
