namespace MoeDevtools.Host.Terminal;

/// <summary>What the terminal can do, as far as the environment says.</summary>
/// <param name="OutputIsTerminal">stdout is a terminal.</param>
/// <param name="ErrorIsTerminal">stderr is a terminal: there progress may be drawn.</param>
/// <param name="InputIsTerminal">stdin is a terminal: somebody can be asked.</param>
/// <param name="Colour">Styles on stdout.</param>
/// <param name="ErrorColour">Styles on stderr.</param>
/// <param name="Unicode">The locale is UTF-8.</param>
internal readonly record struct ScreenTraits(
    bool OutputIsTerminal, bool ErrorIsTerminal, bool InputIsTerminal, bool Colour, bool ErrorColour, bool Unicode)
{
    /// <summary>What <c>TERM</c> names moves the cursor: not <c>dumb</c>.</summary>
    public bool MovesCursor { get; init; }

    /// <summary>A tty that also moves the cursor.</summary>
    public bool CanEdit => OutputIsTerminal && InputIsTerminal && MovesCursor;

    /// <summary>The same where everything goes to stderr.</summary>
    public ScreenTraits OnError => this with { OutputIsTerminal = ErrorIsTerminal, Colour = ErrorColour };

    /// <param name="variable">An environment variable, null where it is not set.</param>
    /// <param name="windows">Windows has no locale variables, and its old console does not understand colours.</param>
    public static ScreenTraits Detect(Func<string, string?> variable, bool outputIsTerminal, bool errorIsTerminal, bool inputIsTerminal, bool windows)
    {
        bool dumb = variable("TERM") is "dumb" || (windows && Unset(variable("WT_SESSION")) && Unset(variable("TERM")));
        bool never = !Unset(variable("NO_COLOR"));                                    // no-color.org: set and not empty
        bool always = IsOn(variable("CLICOLOR_FORCE")) || IsOn(variable("FORCE_COLOR"));
        string locale = Locale(variable, "LC_CTYPE") ?? "";
        bool utf8 = windows || locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("UTF8", StringComparison.OrdinalIgnoreCase);
        return new ScreenTraits(outputIsTerminal, errorIsTerminal, inputIsTerminal, Coloured(outputIsTerminal), Coloured(errorIsTerminal), utf8)
        {
            MovesCursor = !dumb && !windows,
        };

        bool Coloured(bool terminal) => !never && (always || (terminal && !dumb));
    }

    /// <summary>The locale whose language messages have; null = English, also where the terminal cannot show the letters of others.</summary>
    public static string? LanguageOf(Func<string, string?> variable, bool unicode) => unicode ? Locale(variable, "LC_MESSAGES") : null;

    /// <summary>Columns for text: what the terminal says, else <c>COLUMNS</c>, else 80; at least 40.</summary>
    /// <param name="columns">The terminal's width, 0 where unknown.</param>
    public static int WidthOf(int columns, string? columnsVariable)
    {
        if (columns <= 0 && !(int.TryParse(columnsVariable, out columns) && columns > 0))
        {
            columns = 80;
        }

        return Math.Max(40, columns);
    }

    /// <summary>The first that is set and not empty decides, as in setlocale(3).</summary>
    private static string? Locale(Func<string, string?> variable, string category) =>
        new[] { "LC_ALL", category, "LANG" }.Select(variable).FirstOrDefault(value => !Unset(value));

    private static bool Unset(string? value) => string.IsNullOrEmpty(value);

    private static bool IsOn(string? value) => !Unset(value) && value != "0";
}
