namespace MoeDevtools.Host.Terminal;

/// <summary>One cell of a <see cref="Table"/>: text, or a bar that is drawn at the width that the column gets.</summary>
internal readonly record struct Cell(string Text, Tone Tone, double? BarFraction)
{
    public static implicit operator Cell(string text) => new(text, Tone.Plain, null);

    public static implicit operator Cell(Styled styled) => new(styled.Text, styled.Tone, null);

    /// <param name="fraction">0..1 of <see cref="Column.BarWidth"/>.</param>
    public static Cell Bar(double fraction, Tone tone = Tone.Plain) => new("", tone, fraction);
}
