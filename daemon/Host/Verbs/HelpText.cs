using System.CommandLine;
using System.CommandLine.Parsing;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;

namespace MoeDevtools.Host.Verbs;

/// <summary>Help of the program and of each verb, on stdout or, where help was not asked for, on stderr.</summary>
internal static class HelpText
{
    private const int LabelColumn = 26;

    public static IReadOnlyList<Styled> Program(IReadOnlyList<Verb> verbs, int width, Glyphs glyphs, Translations language)
    {
        var lines = new List<Styled>
        {
            glyphs.Fold(language.Text($"moe-devtools - a debugger for Mixture-of-Experts models")),
            "",
            language.Text($"usage  moe-devtools {"VERB"} [options]"),
            "",
            new(language.Text($"verbs"), Tone.Heading),
        };
        int column = verbs.Max(verb => verb.Name.Length) + 4;
        foreach (var verb in verbs)
        {
            Entry(lines, verb.Name, language.Text(verb.Help), column, width, glyphs);
        }

        lines.Add("");
        lines.AddRange(TextLayout.Wrap(language.Text($"moe-devtools VERB --help has a verb's options and examples; --version prints the version."), width).Select(line => (Styled)line));
        return lines;
    }

    public static IReadOnlyList<Styled> Of(Verb verb, int width, Glyphs glyphs, Translations language)
    {
        var lines = new List<Styled>();
        lines.AddRange(TextLayout.Wrap($"moe-devtools {verb.FullName} - {language.Text(verb.Help)}", width).Select(line => (Styled)line));
        var words = verb.Arguments.Select(Usage).Prepend(verb.Verbs.Count > 0 ? $"{verb.FullName} VERB" : verb.FullName);
        lines.AddRange(["", language.Text($"usage  moe-devtools {string.Join(' ', words)} [options]")]);
        if (verb.Verbs.Count > 0)
        {
            lines.AddRange(["", new(language.Text($"verbs"), Tone.Heading)]);
            foreach (var each in verb.Verbs)
            {
                Entry(lines, each.Name, language.Text(each.Help), LabelColumn, width, glyphs);
            }
        }

        if (verb.Arguments.Count > 0)
        {
            lines.AddRange(["", new(language.Text($"arguments"), Tone.Heading)]);
            foreach (var argument in verb.Arguments)
            {
                Entry(lines, argument.Name, language.Text(argument.Help), LabelColumn, width, glyphs);
            }
        }

        lines.AddRange(["", new(language.Text($"options"), Tone.Heading)]);
        foreach (var option in verb.Options.Where(option => !option.Hidden))
        {
            Entry(lines, Label(option), language.Text(WithDefault(option)), LabelColumn, width, glyphs);
        }

        Entry(lines, "--help, -h", language.Text($"print this help"), LabelColumn, width, glyphs);
        if (verb.Examples.Count > 0)
        {
            lines.AddRange(["", new(language.Text($"examples"), Tone.Heading)]);
            foreach (var (command, does) in verb.Examples)
            {
                lines.AddRange(TextLayout.Wrap(glyphs.Fold(language.Text(does)), width, indent: 2).Select(line => (Styled)line));
                lines.AddRange(Command(command, width));
            }
        }

        return lines;
    }

    internal static string ValueName(Option option) => option.HelpName ?? option.Name.TrimStart('-').ToUpperInvariant();

    private static void Entry(List<Styled> lines, string label, string description, int column, int width, Glyphs glyphs)
    {
        string head = "  " + label;
        bool ownLine = head.Length + 2 > column;
        var text = TextLayout.Wrap(glyphs.Fold(description), width, indent: column, firstIndent: column);
        if (ownLine)
        {
            lines.Add(head);
            lines.Add(new string(' ', column) + text[0]);
        }
        else
        {
            lines.Add(head.PadRight(column) + text[0]);
        }

        lines.AddRange(text.Skip(1).Select(line => (Styled)line));
    }

    /// <summary>A command line, continued with a backslash before an option where it is too long.</summary>
    private static List<Styled> Command(string command, int width)
    {
        var lines = new List<Styled>();
        string line = "    ";
        foreach (string part in command.Replace(" -", "\n-", StringComparison.Ordinal).Split('\n'))
        {
            bool first = line.Trim().Length == 0;
            if (!first && line.Length + 1 + part.Length + 2 > width)
            {
                lines.Add(line + " \\");
                (line, first) = ("      ", true);
            }

            line += first ? part : " " + part;
        }

        lines.Add(line);
        return lines;
    }

    private static string Usage(Argument argument)
    {
        string name = argument.Arity.MaximumNumberOfValues > 1 ? argument.Name + "..." : argument.Name;
        return argument.Arity.MinimumNumberOfValues > 0 ? name : $"[{name}]";
    }

    private static string Label(Option option)
    {
        string names = string.Join(", ", option.Aliases.Prepend(option.Name));
        return option.ValueType == typeof(bool) ? names : $"{names} {ValueName(option)}";
    }

    private static FormattableString WithDefault(Option option) => option is { HasDefaultValue: true } && option.ValueType != typeof(bool) && option.GetDefaultValue() is { } value and not ""
        ? $"{option.Help} (default {value})"
        : option.Help;
}
