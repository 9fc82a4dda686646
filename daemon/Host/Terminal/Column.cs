namespace MoeDevtools.Host.Terminal;

/// <summary>A column of a <see cref="Table"/>.</summary>
/// <param name="Heading">Shown dim above the column; may be empty.</param>
internal sealed record Column(FormattableString Heading, Align Align = Align.Left)
{
    /// <summary>Which column gives way first where the table is too wide: the highest number. 0 keeps its width as long as any other can give.</summary>
    public int GivesWay { get; init; }

    /// <summary>Columns that stay when the column gives way.</summary>
    public int MinWidth { get; init; } = 6;

    /// <summary>Which column is left out first where the table is too wide even so: the highest number. 0 always stays.</summary>
    public int LeftOut { get; init; }

    /// <summary>Width of a full bar; 0 for columns of text.</summary>
    public int BarWidth { get; init; }

    /// <summary>Cuts the beginning instead of the end.</summary>
    public bool KeepsEnd { get; init; }
}
