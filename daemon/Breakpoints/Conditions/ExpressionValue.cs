using System.Globalization;

namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>What an expression is worth at one decision: for consoles, hovers and log messages. Immutable.</summary>
public sealed record ExpressionValue
{
    /// <summary>The expression as it was written.</summary>
    public required string Name { get; init; }

    public required ValueKind Kind { get; init; }

    /// <summary>Of a number.</summary>
    public double Number { get; init; }

    /// <summary>Of a truth value.</summary>
    public bool Truth { get; init; }

    /// <summary>Of a text; of <see cref="ValueKind.Undefined"/>: the reason.</summary>
    public string Text { get; init; } = "";

    /// <summary>Of a vector, <c>[experts]</c> or <c>[slots]</c>; a copy.</summary>
    public IReadOnlyList<double> Vector { get; init; } = [];

    /// <summary>Of a vector: what its places are, <c>experts</c> or <c>slots</c>.</summary>
    public string Axis { get; init; } = "";

    /// <summary>
    /// The value in words. A vector shows its shape and at most <paramref name="most"/> values. <paramref name="format"/> is a .NET number
    /// format; null = four digits.
    /// </summary>
    public string Render(string? format = null, int most = 16)
    {
        string Show(double x) => format is null ? Rendering.Number(x) : x.ToString(format, CultureInfo.InvariantCulture);
        return Kind switch
        {
            ValueKind.Number => Show(Number),
            ValueKind.Truth => Rendering.Truth(Truth),
            ValueKind.Text => Rendering.Text(Text),
            ValueKind.Vector => FormattableString.Invariant(
                $"[{Vector.Count} {Axis}] {string.Join(" ", Vector.Take(most).Select(Show))}{(Vector.Count > most ? " …" : "")}"),
            _ => $"undefined: {Text}",
        };
    }
}
