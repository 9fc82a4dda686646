using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Host.Verbs;

/// <summary>The columns of a batch by the names that options and JSON give them.</summary>
internal static class ColumnNames
{
    public static IReadOnlyList<(string Name, RoutingColumns Column)> All { get; } =
    [
        ("router_logits", RoutingColumns.RouterLogits),
        ("router_scores", RoutingColumns.RouterScores),
        ("selection_scores", RoutingColumns.SelectionScores),
        ("selected_experts", RoutingColumns.SelectedExperts),
        ("routing_weights", RoutingColumns.RoutingWeights),
    ];

    /// <summary>What a list may name.</summary>
    public static string Words => string.Join(", ", All.Select(c => c.Name).Append("all"));

    /// <summary>Names with commas between them.</summary>
    /// <exception cref="UserError">A name that no column has.</exception>
    public static RoutingColumns Parse(string list)
    {
        var columns = RoutingColumns.None;
        foreach (var name in list.Split(',', StringSplitOptions.TrimEntries))
        {
            var column = name == "all" ? RoutingColumns.All : All.FirstOrDefault(c => c.Name == name).Column;
            columns |= column != RoutingColumns.None ? column
                : throw new UserError("MOE9111", $"\"{name}\" is not a column of a routing batch.", $"Columns: {Words}.");
        }
        return columns;
    }
}
