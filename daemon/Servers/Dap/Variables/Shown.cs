using System.Globalization;
using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Debugging;
using MoeDevtools.Routing;

namespace MoeDevtools.Servers.Dap.Variables;

/// <summary>Values as the variables view shows them: one line, two or three digits, never by culture.</summary>
internal static class Shown
{
    public static string Real(double value) =>
        value == Math.Floor(value) && Math.Abs(value) < 1e15 ? value.ToString("0", CultureInfo.InvariantCulture)
        : Math.Abs(value) >= 100 ? value.ToString("0.#", CultureInfo.InvariantCulture)
        : value.ToString("G3", CultureInfo.InvariantCulture);

    public static string Load(double load) => double.IsNaN(load) ? "no data" : $"{Real(Math.Round(load, 2))}x";

    /// <summary>The load of an expert, or that it is one that has none.</summary>
    public static string Load(RouterTotals totals, int expert) => expert < totals.Router.Rule.RealExperts ? Load(totals.Load(expert)) : "zero expert (identity)";

    public static string Value(ExpressionValue value) => value.Kind switch
    {
        ValueKind.Number => Real(value.Number),
        ValueKind.Vector => Vector(value),
        _ => value.Render(),
    };

    public static string Type(ExpressionValue value) => value.Kind switch
    {
        ValueKind.Vector => $"vector [{value.Axis}]",
        var kind => kind.ToString().ToLowerInvariant(),
    };

    /// <summary><c>E11 0.61 · E3 0.22</c>: what a row chose.</summary>
    public static string Experts(RoutingBatch batch, int row)
    {
        if (!batch.Has(RoutingColumns.SelectedExperts)) return "not captured";
        var weights = batch.Has(RoutingColumns.RoutingWeights) ? batch.WeightsOf(row).ToArray() : null;
        var ids = batch.ExpertsOf(row).ToArray();
        var shown = ids.Take(8).Select((e, j) => e < 0 ? "–" : weights is null ? $"E{e}" : $"E{e} {Real(weights[j])}");
        return string.Join(" · ", shown) + (ids.Length > 8 ? $" · … {ids.Length - 8} more" : "");
    }

    /// <summary>A token as a person reads it, in quotes; its id where the text is unknown.</summary>
    public static string Token(RoutingRows rows, int row) => rows.Text[row] is not { } text
        ? rows.TokenId[row] < 0 ? "unknown" : string.Create(CultureInfo.InvariantCulture, $"id {rows.TokenId[row]}")
        : $"\"{string.Concat(text.Select(Visible))}\"";

    /// <summary>Text that the model wrote: line breaks stay, other control characters, which could steer a terminal, are escaped.</summary>
    public static string Text(string text) => text.Any(c => char.IsControl(c) && c is not ('\n' or '\t')) ? string.Concat(text.Select(c => c is '\n' or '\t' or ' ' ? c.ToString() : Visible(c))) : text;

    private static string Visible(char c) => c switch
    {
        ' ' => "·",
        '\n' => "\\n",
        '\t' => "\\t",
        '\r' => "\\r",
        _ => char.IsControl(c) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}") : c.ToString(),
    };

    private static string Vector(ExpressionValue value)
    {
        var shape = string.Create(CultureInfo.InvariantCulture, $"[{value.Vector.Count} {value.Axis}]");
        if (value.Vector.Count == 0) return shape;
        if (value.Axis == "experts")
        {
            var best = 0;
            for (var i = 1; i < value.Vector.Count; i++)
                if (value.Vector[i] > value.Vector[best] || double.IsNaN(value.Vector[best])) best = i;
            return $"{shape} max {Real(value.Vector[best])} at E{best}";
        }
        var shown = string.Join(" ", value.Vector.Take(8).Select(Real));
        return $"{shape} {shown}{(value.Vector.Count > 8 ? " …" : "")}";
    }
}
