using MoeDevtools.Host.Terminal;

namespace MoeDevtools.Host.Verbs.Doctor;

internal static class TerminalCheck
{
    public static Check Run(ScreenTraits traits, int width)
    {
        string where = traits.OutputIsTerminal ? $"{width} columns" : "stdout is not a terminal";
        string facts = $"{where}, {(traits.Unicode ? "UTF-8" : "not UTF-8")}, colours {(traits.Colour ? "on" : "off")}";
        return traits.Unicode
            ? new Check("terminal", Severity.Ok, facts)
            : new Check("terminal", Severity.Warn, facts, "Bars and token texts are shown in ASCII. Set LANG to a UTF-8 locale, for example C.UTF-8.");
    }
}
