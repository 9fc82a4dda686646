using MoeDevtools.Checkpoints.ChatTemplates.Runtime;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Syntax;

/// <summary>A part: operators, from the loosest to the tightest.</summary>
internal sealed partial class Parser
{
    private static readonly Dictionary<string, Func<Run, object?, object?, bool>> Comparisons = new(StringComparer.Ordinal)
    {
        ["=="] = (run, a, b) => Operators.Equal(run, a, b),
        ["!="] = (run, a, b) => !Operators.Equal(run, a, b),
        ["<"] = (run, a, b) => Operators.Ordered(run, "<", a, b),
        ["<="] = (run, a, b) => Operators.Ordered(run, "<=", a, b),
        [">"] = (run, a, b) => Operators.Ordered(run, ">", a, b),
        [">="] = (run, a, b) => Operators.Ordered(run, ">=", a, b),
        ["in"] = (run, a, b) => Sequences.Contains(run, b, a),
        ["not in"] = (run, a, b) => !Sequences.Contains(run, b, a),
    };

    private Expression ParseExpression() => Nested(ParseConditional);

    private Expression ParseConditional()
    {
        var value = ParseOr();
        while (TakeName("if"))
        {
            var then = value;
            var condition = ParseOr();
            var at = Current.At;
            Expression otherwise = TakeName("else")
                ? ParseExpression()
                : _ => new Undefined($"the 'if' expression of line {at.Line} has no 'else' and its condition is false");
            value = run =>
            {
                run.Descend();
                return Operators.Truth(condition(run)) ? then(run) : otherwise(run);
            };
        }

        return value;
    }

    private Expression ParseOr()
    {
        var value = ParseAnd();
        while (TakeName("or"))
        {
            var (left, right) = (value, ParseAnd());
            value = run =>
            {
                run.Descend();
                return left(run) is var first && Operators.Truth(first) ? first : right(run);
            };
        }

        return value;
    }

    private Expression ParseAnd()
    {
        var value = ParseNot();
        while (TakeName("and"))
        {
            var (left, right) = (value, ParseNot());
            value = run =>
            {
                run.Descend();
                return left(run) is var first && Operators.Truth(first) ? right(run) : first;
            };
        }

        return value;
    }

    private Expression ParseNot()
    {
        if (!TakeName("not"))
        {
            return ParseComparison();
        }

        var operand = Nested(ParseNot);
        return run =>
        {
            run.Descend();
            return !Operators.Truth(operand(run));
        };
    }

    private Expression ParseComparison()
    {
        var first = ParseSum();
        var rest = new List<(Func<Run, object?, object?, bool> Holds, Expression Operand, Position At)>();
        while (ComparisonHere() is { } symbol)
        {
            var at = Current.At;
            next += symbol == "not in" ? 2 : 1;
            rest.Add((Comparisons[symbol], ParseSum(), at));
        }

        return rest.Count == 0 ? first : run =>
        {
            run.Descend();
            var left = first(run);
            foreach (var (holds, operand, at) in rest)
            {
                var right = operand(run);
                run.At = at;
                if (!holds(run, left, right))
                {
                    return false;
                }

                left = right;
            }

            return true;
        };
    }

    private string? ComparisonHere() => Current switch
    {
        { Kind: TokenKind.Operator } token when Comparisons.ContainsKey(token.Text) => token.Text,
        { Kind: TokenKind.Name, Text: "in" } => "in",
        { Kind: TokenKind.Name, Text: "not" } when tokens[next + 1].IsName("in") => "not in",
        _ => null,
    };

    private Expression ParseSum() => ParseBinary(ParseConcatenation, "+", "-");

    private Expression ParseConcatenation()
    {
        var first = ParseProduct();
        if (!Current.IsOperator("~"))
        {
            return first;
        }

        var parts = new List<Expression> { first };
        while (TakeOperator("~"))
        {
            parts.Add(ParseProduct());
        }

        return run =>
        {
            run.Descend();
            var texts = parts.ConvertAll(part => PythonText.Str(run, part(run)));
            run.Spend(texts.Sum(text => (long)text.Length));
            return string.Concat(texts);
        };
    }

    private Expression ParseProduct() => ParseBinary(ParsePower, "*", "/", "//", "%");

    private Expression ParsePower() => ParseBinary(() => ParseUnary(withFilters: true), "**");

    /// <summary>All of Jinja's arithmetic groups to the left, ** too.</summary>
    private Expression ParseBinary(Func<Expression> parseOperand, params string[] symbols)
    {
        var value = parseOperand();
        while (Current.Kind == TokenKind.Operator && Array.IndexOf(symbols, Current.Text) >= 0)
        {
            var (at, symbol) = (Current.At, Take().Text);
            var (left, right) = (value, parseOperand());
            value = run =>
            {
                run.Descend();
                var (a, b) = (left(run), right(run));
                run.At = at;
                return Operators.Binary(run, symbol, a, b);
            };
        }

        return value;
    }

    private Expression ParseUnary(bool withFilters)
    {
        Expression value;
        if (Current.IsOperator("-") || Current.IsOperator("+"))
        {
            var (at, negative) = (Current.At, Take().Text == "-");
            var operand = Nested(() => ParseUnary(withFilters: false));
            value = run =>
            {
                run.Descend();
                var number = operand(run);
                run.At = at;
                return negative ? Operators.Negate(run, number) : Operators.Plus(run, number);
            };
        }
        else
        {
            value = ParsePrimary();
        }

        value = ParsePostfix(value);
        return withFilters ? ParseFilters(value) : value;
    }
}
