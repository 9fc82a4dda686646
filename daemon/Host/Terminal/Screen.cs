using System.Text;
using MoeDevtools.Messages;

namespace MoeDevtools.Host.Terminal;

/// <summary>
/// Where text for people goes: stdout for answers, stderr for errors and progress. Any thread may call; a line is written in one piece.
/// </summary>
internal sealed class Screen
{
    private const string Reset = "\e[0m";
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Lock _gate = new(); // guards the streams' order and _progress
    private readonly Stream _output;
    private readonly Stream _error;
    private readonly Func<int> _columns;
    private Progress? _progress;

    /// <param name="columns">The terminal's width in columns now, 0 where there is none; asked for each block, so that a resize is noticed.</param>
    public Screen(Stream output, Stream error, ScreenTraits traits, Func<int> columns)
    {
        _output = output;
        _error = error;
        _columns = columns;
        Traits = traits;
        Glyphs = new Glyphs(traits.Unicode);
    }

    public ScreenTraits Traits { get; }

    public Glyphs Glyphs { get; }

    /// <summary>The language of whoever reads the screen.</summary>
    public Translations Translations { get; init; } = Translations.English;

    /// <summary>A sentence in that language.</summary>
    public string Text(FormattableString sentence) => Translations.Text(sentence);

    /// <summary>stdout is a terminal, so that a person reads along.</summary>
    public bool IsInteractive => Traits.OutputIsTerminal;

    /// <summary>Columns for text, at least 40.</summary>
    public int Width => ScreenTraits.WidthOf(_columns(), Environment.GetEnvironmentVariable("COLUMNS"));

    /// <summary>The process's own stdout and stderr.</summary>
    public static Screen Open()
    {
        bool windows = OperatingSystem.IsWindows();
        var traits = ScreenTraits.Detect(
            Environment.GetEnvironmentVariable, !Console.IsOutputRedirected, !Console.IsErrorRedirected, !Console.IsInputRedirected, windows);
        if (windows && traits.OutputIsTerminal)
        {
            Console.OutputEncoding = Utf8;
        }

        return new Screen(StandardStream.Output(), StandardStream.Error(), traits, LibC.Columns)
        {
            Translations = Translations.For(ScreenTraits.LanguageOf(Environment.GetEnvironmentVariable, traits.Unicode)),
        };
    }

    /// <summary>The same screen with everything on stderr: for a verb whose stdout is another program's.</summary>
    public Screen OnError() => new(_error, _error, Traits.OnError, _columns) { Translations = Translations };

    /// <summary>One line on stdout, from pieces with their tones. Escape foreign text first (<see cref="VisibleText"/>).</summary>
    public void WriteLine(params ReadOnlySpan<Styled> line) => Send(_output, Render(line, Traits.Colour, "\n"));

    /// <summary>A piece of a line on stdout, written at once: for generated text as it comes.</summary>
    public void Write(Styled text) => Send(_output, Render([text], Traits.Colour, ""));

    /// <summary>One line on stderr. Where stderr is closed or full there is nobody to tell, so nothing is thrown.</summary>
    public void WriteErrorLine(params ReadOnlySpan<Styled> line)
    {
        try
        {
            Send(_error, Render(line, Traits.ErrorColour, "\n"));
        }
        catch (IOException)
        {
        }
    }

    /// <summary>A text of several sentences on stdout, wrapped to the width.</summary>
    public void WriteParagraph(string text, int indent = 0, Tone tone = Tone.Plain)
    {
        foreach (string line in TextLayout.Wrap(Glyphs.Fold(text), Width, indent))
        {
            WriteLine(new Styled(line, tone));
        }
    }

    /// <summary>A heading and a text beside it, wrapped to the width; further lines are indented by two columns.</summary>
    public void WriteHeaded(Styled heading, string text, Tone tone = Tone.Plain)
    {
        var lines = TextLayout.Wrap(Glyphs.Fold(text), Width, indent: 2, firstIndent: TextWidth.Of(Glyphs.Fold(heading.Text)) + 2);
        WriteLine(heading, "  ", new Styled(lines[0], tone));
        foreach (string line in lines.Skip(1))
        {
            WriteLine(new Styled(line, tone));
        }
    }

    /// <summary>Progress on stderr until disposed; draws nothing where stderr is no terminal. One at a time.</summary>
    /// <param name="total">In the unit; 0 = unknown.</param>
    public Progress StartProgress(FormattableString label, long total, ProgressUnit unit = ProgressUnit.Items, TimeProvider? time = null)
    {
        var progress = new Progress(this, Text(label), total, unit, time ?? TimeProvider.System);
        lock (_gate)
        {
            _progress = progress;
        }

        return progress;
    }

    /// <summary>Draws over the line that the cursor is in, on stderr.</summary>
    internal void DrawProgress(string line)
    {
        lock (_gate)
        {
            Raw(_error, "\r" + line + "\e[K");
        }
    }

    internal void EndProgress(Progress progress)
    {
        lock (_gate)
        {
            ClearProgress();
            _progress = _progress == progress ? null : _progress;
        }
    }

    /// <summary>Text with escape sequences as it is, on stdout: for the line editor.</summary>
    internal void WriteRaw(string text) => Send(_output, text);

    private static string Sgr(Tone tone) => tone switch
    {
        Tone.Heading => "\e[1m",
        Tone.Dim => "\e[2m",
        Tone.Hit => "\e[1;33m",
        Tone.Anomaly => "\e[31m",
        _ => "",
    };

    private string Render(ReadOnlySpan<Styled> line, bool colour, string end)
    {
        var text = new StringBuilder();
        foreach (var (piece, tone) in line)
        {
            if (!colour || tone == Tone.Plain || piece.Length == 0)
            {
                text.Append(Glyphs.Fold(piece));
            }
            else
            {
                text.Append(Sgr(tone)).Append(Glyphs.Fold(piece)).Append(Reset);
            }
        }

        return text.Append(end).ToString();
    }

    private void Send(Stream stream, string text)
    {
        lock (_gate)
        {
            ClearProgress();
            Raw(stream, text);
        }
    }

    private void ClearProgress()
    {
        if (_progress?.Erase() == true)
        {
            Raw(_error, "\r\e[K");
        }
    }

    private static void Raw(Stream stream, string text) => stream.Write(Utf8.GetBytes(text));
}
