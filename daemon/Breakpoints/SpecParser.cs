using System.Globalization;
using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints;

/// <summary>Reads a breakpoint as it is written on the command line and in the console: a glob, then clauses in any order.</summary>
internal sealed class SpecParser(string text)
{
    private static readonly string[] Clauses = ["if", "crosses", "expert", "hits", "mode", "once"];

    /// <exception cref="ConditionError"/>
    public BreakpointSpec Breakpoint() => Parse(text.Length);

    /// <exception cref="ConditionError"/>
    public BreakpointSpec Log()
    {
        var colon = FirstColon();
        if (colon < 0)
            throw new ConditionError("MOE3020", Column(text.Length), 1, $"expected \":\" and a message at column {Column(text.Length)}, found the end.", $"Write GLOB [if C] [hits H]: TEXT {{EXPR}}.");
        var start = SkipSpace(colon + 1);
        return Parse(colon) with { LogMessage = text[start..].TrimEnd(), MessageColumn = Column(start) };
    }

    private BreakpointSpec Parse(int end)
    {
        var words = WordsUpTo(end);
        if (words.Count == 0 || Clauses.Contains(text[words[0]]))
            throw new ConditionError("MOE3021", words.Count == 0 ? 1 : Column(words[0].Start.Value), 1, $"expected the routers at column {(words.Count == 0 ? 1 : Column(words[0].Start.Value))}.", $"Write a name or glob first, for example \"* if entropy < 0.5\".");
        var spec = new BreakpointSpec { Routers = text[words[0]] };
        var seen = new HashSet<string>();
        for (var i = 1; i < words.Count;)
        {
            var clause = text[words[i]];
            var at = words[i].Start.Value;
            if (!Clauses.Contains(clause))
                throw new ConditionError("MOE3022", Column(at), Lexer.CodePoints(clause), $"expected if, crosses, expert, hits, mode or once at column {Column(at)}, found \"{clause}\".", $"Write GLOB [if C] [hits H] [mode M] [once].");
            if (!seen.Add(clause is "crosses" ? "if" : clause))
                throw new ConditionError("MOE3023", Column(at), clause.Length, $"\"{clause}\" at column {Column(at)} is there already (if and crosses exclude each other).", $"Write each clause once; join conditions with &&.");
            var next = i + 1;
            while (next < words.Count && !Clauses.Contains(text[words[next]])) next++;
            var start = SkipSpace(words[i].End.Value);
            var stop = next > i + 1 ? words[next - 1].End.Value : start;
            spec = With(spec, clause, at, start, text[Math.Min(start, stop)..stop]);
            i = next;
        }
        return spec;
    }

    private BreakpointSpec With(BreakpointSpec spec, string clause, int at, int start, string value)
    {
        if (value.Length == 0 && clause != "once")
            throw new ConditionError("MOE3024", Column(at), clause.Length, $"\"{clause}\" at column {Column(at)} has nothing after it.", $"Write GLOB [if C] [hits H] [mode M] [once].");
        var column = Column(start);
        switch (clause)
        {
            case "if" or "crosses":
                return spec with { Condition = value, ConditionColumn = column, Crosses = clause == "crosses" };
            case "hits":
                return spec with { Hits = value, HitsColumn = column };
            case "mode":
                return spec with { Mode = Mode(value, column) };
            case "expert":
                if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var expert))
                    throw new ConditionError("MOE3025", column, Lexer.CodePoints(value), $"expected the number of an expert at column {column}, found \"{value}\".", $"Write GLOB expert 7.");
                return spec with { ReadsExpert = expert, ExpertColumn = column };
            default:
                if (value.Length > 0)
                    throw new ConditionError("MOE3026", column, Lexer.CodePoints(value), $"expected the end or another clause at column {column}, found \"{value}\".", $"Nothing follows once.");
                return spec with { Once = true };
        }
    }

    private static BreakpointMode Mode(string value, int column) => value switch
    {
        "batch" => BreakpointMode.Batch,
        "decision" => BreakpointMode.Decision,
        _ => throw new ConditionError("MOE3027", column, Lexer.CodePoints(value), $"expected batch or decision at column {column}, found \"{value}\".", $"Write mode batch or mode decision."),
    };

    /// <summary>Words outside of quotes; quoted text belongs to the word that it touches.</summary>
    private List<Range> WordsUpTo(int end)
    {
        var words = new List<Range>();
        for (var i = SkipSpace(0); i < end; i = SkipSpace(i))
        {
            var start = i;
            var inGlob = words.Count == 0;
            while (i < end && !char.IsWhiteSpace(text[i]) && (inGlob || i == start || !IsWordEdge(i)))
                i = !inGlob && text[i] is '"' or '\'' ? SkipQuoted(i, end) : i + 1;
            words.Add(start..Math.Min(i, end));
        }
        return words;
    }

    /// <summary>A clause's word may touch a bracket or quote of the condition: <c>if(entropy &lt; 0.5)hits 3</c>.</summary>
    private bool IsWordEdge(int at) => IsLetter(text[at]) != IsLetter(text[at - 1]);

    private static bool IsLetter(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private int FirstColon()
    {
        var inGlob = true;
        for (var i = SkipSpace(0); i < text.Length;)
        {
            if (text[i] == ':' && !(inGlob && IsOfPlace(i))) return i;
            inGlob &= !char.IsWhiteSpace(text[i]);
            i = !inGlob && text[i] is '"' or '\'' ? SkipQuoted(i, text.Length) : i + 1;
        }
        return -1;
    }

    /// <summary>A colon before the number of a line, <c>train.py:81</c>, or after a drive, <c>C:\train.py:81</c>.</summary>
    private bool IsOfPlace(int colon)
    {
        var end = colon + 1;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        return end < text.Length && (end > colon + 1 ? text[end] == ':' || char.IsWhiteSpace(text[end]) : colon == 1 && text[end] is '\\' or '/');
    }

    private int SkipQuoted(int open, int end)
    {
        var i = open + 1;
        while (i < end && text[i] != text[open]) i += text[i] == '\\' ? 2 : 1;
        return Math.Min(i + 1, end);
    }

    private int SkipSpace(int i)
    {
        while (i < text.Length && char.IsWhiteSpace(text[i])) i++;
        return i;
    }

    private int Column(int offset) => Lexer.CodePoints(text.AsSpan(0, Math.Min(offset, text.Length))) + 1;
}
