using System.Globalization;
using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints;

/// <summary>A hit count: <c>5</c> or <c>==5</c> the fifth, <c>>5</c>, <c>>=5</c>, <c>&lt;5</c>, <c>&lt;=5</c>, <c>%10</c> every tenth.</summary>
/// <param name="After">The times after this one count,</param>
/// <param name="Last">up to this one,</param>
/// <param name="Every">and of them those that divide by this.</param>
internal readonly record struct HitRule(long After, long Last, long Every)
{
    private static readonly string[] Operators = [">=", "<=", "==", ">", "<", "%"];

    public static readonly HitRule Always = new(0, long.MaxValue, 1);

    /// <param name="column">Where <paramref name="text"/> starts.</param>
    /// <exception cref="ConditionError"/>
    public static HitRule Parse(string text, int column)
    {
        text = text.Trim();
        var op = Operators.FirstOrDefault(o => text.StartsWith(o, StringComparison.Ordinal)) ?? "";
        if (!long.TryParse(text.AsSpan(op.Length).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            throw new ConditionError("MOE3030", column, Lexer.CodePoints(text), $"expected a hit count at column {column}, found \"{text}\".", $"Write 5, >5, >=5, <5, ==5 or %10.");
        if ((op, count) is ("%" or "==" or "<=" or "", 0) or ("<", <= 1))
            throw new ConditionError("MOE3031", column, Lexer.CodePoints(text), $"the hit count \"{text}\" at column {column} is never reached: hits count from 1.", $"Write 5, >5, >=5, <5, ==5 or %10.");
        return op switch
        {
            ">" => new HitRule(count, long.MaxValue, 1),
            ">=" => new HitRule(count - 1, long.MaxValue, 1),
            "<" => new HitRule(0, count - 1, 1),
            "<=" => new HitRule(0, count, 1),
            "%" => new HitRule(0, long.MaxValue, count),
            _ => new HitRule(count - 1, count, 1),
        };
    }

    /// <summary>True for the <paramref name="n"/>th time, from 1.</summary>
    public bool Matches(long n) => n > After && n <= Last && (Every == 1 || n % Every == 0);
}
