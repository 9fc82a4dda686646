using System.Text;

namespace MoeDevtools.Host.Terminal;

/// <summary>The few symbols of the user interface, and what stands for them where the locale is not UTF-8.</summary>
internal sealed class Glyphs(bool unicode)
{
    /// <summary>Text may hold any character; otherwise only ASCII.</summary>
    public bool Unicode { get; } = unicode;

    public string Ellipsis => Unicode ? "…" : "...";

    /// <summary>The text as this terminal can show it. Fold before measuring: "…" has one column, "..." three.</summary>
    public string Fold(string text)
    {
        if (Unicode || Ascii.IsValid(text))
        {
            return text;
        }

        var folded = new StringBuilder(text.Length + 8);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.IsAscii ? folded.Append((char)rune.Value) : folded.Append(InAscii(rune));
        }

        return folded.ToString();
    }

    private static string InAscii(Rune rune) => rune.Value switch
    {
        '■' or '█' => "#",
        '▏' or '▎' or '▍' or '▌' or '▋' or '▊' or '▉' => "",
        '·' => ".",
        '–' or '—' or '‑' => "-",
        '…' => "...",
        '▸' or '→' => "->",
        '←' => "<-",
        '▾' => "v",
        '▲' => "^",
        '≈' => "~",
        '×' => "x",
        '≤' => "<=",
        '≥' => ">=",
        '≠' => "!=",
        'µ' or 'μ' => "u",
        '“' or '”' => "\"",
        '‘' or '’' => "'",
        '\u00A0' => " ",
        <= 0xFFFF => $"\\u{rune.Value:X4}",
        _ => $"\\U{rune.Value:X8}",
    };
}
