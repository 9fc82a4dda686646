using MoeDevtools.Host.Terminal;

namespace MoeDevtools.Host.Verbs.Doctor;

internal static class TerminalCheck
{
    public static Check Run(ScreenTraits traits, int width)
    {
        FormattableString where = traits.OutputIsTerminal ? (FormattableString)$"{width} columns" : $"stdout is not a terminal";
        FormattableString encoding = traits.Unicode ? (FormattableString)$"UTF-8" : $"not UTF-8";
        FormattableString colours = traits.Colour ? (FormattableString)$"colours on" : $"colours off";
        FormattableString facts = $"{where}, {encoding}, {colours}";
        return traits.Unicode
            ? new Check($"terminal", Severity.Ok, facts)
            : new Check($"terminal", Severity.Warn, facts, $"Bars and token texts are shown in ASCII. Set LANG to a UTF-8 locale, for example C.UTF-8.");
    }
}
