using System.Globalization;
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
        string facts = error.Facts.ToString(CultureInfo.InvariantCulture), advice = error.WhatToDo.ToString(CultureInfo.InvariantCulture);
        Write($"error {error.Id}", error.Id, facts, advice, screen, json);
    }

    /// <summary>A defect: anything but a <see cref="UserError"/>.</summary>
    public static void WriteInternal(Exception defect, Screen screen, JsonLines? json)
    {
        bool trace = Environment.GetEnvironmentVariable(TraceVariable) == "1";
        string advice = trace
            ? "This is a defect of moe-devtools. Please report it with what stands here, the command and the output of moe-devtools doctor."
            : $"This is a defect of moe-devtools. Run the command again with {TraceVariable}=1 and please report what it prints.";
        Write($"internal error {InternalId}", InternalId, $"{defect.GetType().Name}: {defect.Message}", advice, screen, json);
        if (trace)
        {
            foreach (string line in defect.ToString().Split('\n'))
            {
                screen.WriteErrorLine(VisibleText.Escape(line.TrimEnd('\r')));
            }
        }
    }

    private static void Write(string label, string id, string facts, string advice, Screen screen, JsonLines? json)
    {
        int width = screen.Width;
        var lines = TextLayout.Wrap(Shown(facts, screen), width, indent: 2, firstIndent: label.Length + 2);
        screen.WriteErrorLine(new Styled(label, Tone.Anomaly), ": " + lines[0]);
        foreach (string line in lines.Skip(1).Concat(TextLayout.Wrap(Shown(advice, screen), width, indent: 2)))
        {
            screen.WriteErrorLine(line);
        }

        json?.Write("error", fields =>
        {
            fields.WriteString("id", id);
            fields.WriteString("message", facts);
            fields.WriteString("advice", advice);
        });
    }

    private static string Shown(string text, Screen screen) => screen.Glyphs.Fold(VisibleText.Escape(text, keepLineBreaks: true));
}
