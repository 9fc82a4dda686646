using System.Globalization;
using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints;

/// <summary>A hit count: <c>5</c> or <c>==5</c> the fifth, <c>>5</c>, <c>>=5</c>, <c>&lt;5</c>, <c>&lt;=5</c>, <c>%10</c> every tenth.</summary>
internal readonly record struct HitRule(string Operator, long Count)
{
    private static readonly string[] Operators = [">=", "<=", "==", ">", "<", "%"];

    public static readonly HitRule Always = new(">=", 1);

    /// <param name="column">Where <paramref name="text"/> starts.</param>
    /// <exception cref="ConditionError"/>
    public static HitRule Parse(string text, int column)
    {
        text = text.Trim();
        var op = Operators.FirstOrDefault(o => text.StartsWith(o, StringComparison.Ordinal)) ?? "";
        if (!long.TryParse(text.AsSpan(op.Length).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            throw new ConditionError("MOE3030", column, Lexer.CodePoints(text), $"expected a hit count at column {column}, found \"{text}\".", $"Write 5, >5, >=5, <5, ==5 or %10.");
        var rule = new HitRule(op.Length == 0 ? "==" : op, count);
        if (rule is { Operator: "%" or "==" or "<=", Count: 0 } or { Operator: "<", Count: <= 1 })
            throw new ConditionError("MOE3031", column, Lexer.CodePoints(text), $"the hit count \"{text}\" at column {column} is never reached: hits count from 1.", $"Write 5, >5, >=5, <5, ==5 or %10.");
        return rule;
    }

    /// <summary>True for the <paramref name="n"/>th time, from 1.</summary>
    public bool Matches(long n) => Operator switch
    {
        "==" => n == Count,
        ">" => n > Count,
        ">=" => n >= Count,
        "<" => n < Count,
        "<=" => n <= Count,
        _ => n % Count == 0,
    };
}
