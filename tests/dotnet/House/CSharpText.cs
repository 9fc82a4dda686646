using System.Text;
using System.Text.RegularExpressions;

namespace MoeDevtools.Tests.House;

/// <summary>As much of C#'s text as reading the arguments of a call needs: brackets, and string literals of every kind.</summary>
internal static partial class CSharpText
{
    /// <summary>The arguments from <paramref name="at"/> (behind one argument) to the bracket that closes the call.</summary>
    public static IReadOnlyList<string> Arguments(string source, int at)
    {
        var arguments = new List<string>();
        int depth = 0, start = at;
        for (; at < source.Length; at++)
        {
            if (IsLiteral(source, at))
                at = EndOfLiteral(source, at) - 1;
            else if (source[at] is '(' or '[' or '{')
                depth++;
            else if (source[at] is ')' or ']' or '}' && depth-- == 0)
                break;
            else if (source[at] == ',' && depth == 0)
            {
                arguments.Add(source[start..at].Trim());
                start = at + 1;
            }
        }
        arguments.Add(source[start..Math.Min(at, source.Length)].Trim());
        arguments.RemoveAll(argument => argument.Length == 0);
        return arguments;
    }

    public static bool IsInterpolated(string argument) =>
        argument.StartsWith('$') && IsLiteral(argument, 0) && EndOfLiteral(argument, 0) == argument.Length;

    /// <summary>What an interpolated literal says, with <c>{name}</c> for each hole that is a name and <c>{…}</c> for the others.</summary>
    public static string Sentence(string literal)
    {
        var (text, end, isRaw, isVerbatim) = Inside(literal, 0);
        var sentence = new StringBuilder();
        for (var at = text; at < end; at++)
        {
            var c = literal[at];
            if (c is '{' or '}' && literal[at + 1] == c)
                sentence.Append(literal[at++]);
            else if (c == '{')
            {
                var close = EndOfHole(literal, at);
                sentence.Append('{').Append(NameOf(literal[(at + 1)..(close - 1)])).Append('}');
                at = close - 1;
            }
            else if (c == '\\' && !isRaw && !isVerbatim)
                sentence.Append(literal[++at] switch { 'n' => '\n', 't' => '\t', var escaped => escaped });
            else if (c == '"' && isVerbatim)
                sentence.Append(literal[at++]);
            else
                sentence.Append(c);
        }
        return Regex.Replace(sentence.ToString(), @"\s+", " ").Trim();
    }

    private static string NameOf(string hole)
    {
        var name = Hole().Match(hole.Trim());
        return name.Success ? name.Groups["name"].Value : "…";
    }

    private static bool IsLiteral(string source, int at) => source[at] switch
    {
        '"' => true,
        '\'' => true,
        '$' or '@' => source.AsSpan(at).TrimStart("$@").StartsWith("\""),
        _ => false,
    };

    private static int EndOfLiteral(string source, int at)
    {
        if (source[at] == '\'')
            return source.IndexOf('\'', at + (source[at + 1] == '\\' ? 3 : 2)) + 1;
        var (_, end, isRaw, _) = Inside(source, at);
        return end + (isRaw ? QuotesAt(source, end) : 1);
    }

    /// <summary>Where the text of the literal starts, and where its closing quotes do.</summary>
    private static (int Text, int End, bool IsRaw, bool IsVerbatim) Inside(string source, int at)
    {
        var quote = source.IndexOf('"', at);
        var prefix = source.AsSpan(at, quote - at);
        bool holes = prefix.Contains('$'), verbatim = prefix.Contains('@');
        var quotes = QuotesAt(source, quote);
        if (quotes >= 3)
            return (quote + quotes, source.IndexOf(new string('"', quotes), quote + quotes, StringComparison.Ordinal), true, false);
        var end = quote + 1;
        while (source[end] != '"' || (verbatim && QuotesAt(source, end) > 1))
        {
            if (holes && source[end] == '{' && source[end + 1] != '{')
                end = EndOfHole(source, end);
            else
                end += (source[end] == '\\' && !verbatim) || source[end] is '"' || (holes && source[end] == '{') ? 2 : 1;
        }
        return (quote + 1, end, false, verbatim);
    }

    private static int EndOfHole(string source, int at)
    {
        var depth = 0;
        for (; ; at++)
        {
            if (IsLiteral(source, at))
                at = EndOfLiteral(source, at) - 1;
            else if (source[at] is '{' or '(' or '[')
                depth++;
            else if (source[at] is '}' or ')' or ']' && --depth == 0)
                return at + 1;
        }
    }

    private static int QuotesAt(string source, int at) =>
        source.AsSpan(at).IndexOfAnyExcept('"') is var count and >= 0 ? count : source.Length - at;

    /// <summary>A name, perhaps handed to one function or its own ToString, perhaps with a format: <c>Shown.Text(path)</c>, <c>_modified:u</c>.</summary>
    [GeneratedRegex(@"^(?:(?![\w.]+\.ToString\()[\w.]+\()?_?(?<name>[A-Za-z][\w.]*?)(?:\.ToString\(.*)?\)?(?::[^:)]*)?$")]
    private static partial Regex Hole();
}
