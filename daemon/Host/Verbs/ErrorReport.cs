using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;

namespace MoeDevtools.Host.Verbs;

/// <summary>How an error reaches the person: on stderr as text and, with <c>--json</c>, as the last line of stdout too.</summary>
internal static class ErrorReport
{
    public const string TraceVariable = "MOE_DEVTOOLS_TRACE";
    private const string InternalId = "MOE9001";

    public static void Write(UserError error, Screen screen, JsonLines? json)
    {
        WriteText(screen.Text($"error {error.Id}"), screen.Translations.Text(error.Facts), screen.Translations.Text(error.WhatToDo), screen);
        WriteJson(error.Id, FormattableString.Invariant(error.Facts), FormattableString.Invariant(error.WhatToDo), json);
    }

    /// <summary>A defect: anything but a <see cref="UserError"/>.</summary>
    public static void WriteInternal(Exception defect, Screen screen, JsonLines? json)
    {
        bool trace = Environment.GetEnvironmentVariable(TraceVariable) == "1";
        FormattableString advice = trace
            ? (FormattableString)$"This is a defect of moe-devtools. Please report it with what stands here, the command and the output of moe-devtools doctor."
            : $"This is a defect of moe-devtools. Run the command again with {TraceVariable}=1 and please report what it prints.";
        string facts = $"{defect.GetType().Name}: {defect.Message}";
        WriteText(screen.Text($"internal error {InternalId}"), facts, screen.Text(advice), screen);
        WriteJson(InternalId, facts, FormattableString.Invariant(advice), json);
        if (trace)
        {
            foreach (string line in defect.ToString().Split('\n'))
            {
                screen.WriteErrorLine(VisibleText.Escape(line.TrimEnd('\r')));
            }
        }
    }

    private static void WriteText(string label, string facts, string advice, Screen screen)
    {
        int width = screen.Width;
        var lines = TextLayout.Wrap(Shown(facts, screen), width, indent: 2, firstIndent: TextWidth.Of(label) + 2);
        screen.WriteErrorLine(new Styled(label, Tone.Anomaly), ": " + lines[0]);
        foreach (string line in lines.Skip(1).Concat(TextLayout.Wrap(Shown(advice, screen), width, indent: 2)))
        {
            screen.WriteErrorLine(line);
        }
    }

    /// <summary>In English: a script compares what a person reads in their language.</summary>
    private static void WriteJson(string id, string message, string advice, JsonLines? json) => json?.Write("error", fields =>
    {
        fields.WriteString("id", id);
        fields.WriteString("message", message);
        fields.WriteString("advice", advice);
    });

    private static string Shown(string text, Screen screen) => screen.Glyphs.Fold(VisibleText.Escape(text, keepLineBreaks: true));
}
