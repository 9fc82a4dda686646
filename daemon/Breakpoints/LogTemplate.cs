using System.Globalization;
using System.Text;
using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Breakpoints;

/// <summary>A log message: text with <c>{expression}</c> and <c>{expression:0.00}</c>; <c>{{</c> and <c>}}</c> are braces. Immutable.</summary>
internal sealed class LogTemplate
{
    private readonly List<(string Text, Syntax? Expression, string? Format)> _parts = [];

    public IEnumerable<Syntax> Expressions => _parts.Select(p => p.Expression).OfType<Syntax>();

    /// <param name="column">Where <paramref name="text"/> starts.</param>
    /// <exception cref="ConditionError"/>
    public static LogTemplate Parse(string text, int column)
    {
        int ColumnOf(int offset) => column + Lexer.CodePoints(text.AsSpan(0, offset));
        var template = new LogTemplate();
        var literal = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var doubled = i + 1 < text.Length && text[i + 1] == text[i];
            if (text[i] is not ('{' or '}')) literal.Append(text[i]);
            else if (doubled) literal.Append(text[i++]);
            else if (text[i] == '}')
                throw new ConditionError("MOE3032", ColumnOf(i), 1, $"the \"}}\" at column {ColumnOf(i)} closes nothing.", $"Write }}}} for a brace.");
            else
            {
                var (colon, close) = EndOfExpression(text, i + 1);
                if (close < 0)
                    throw new ConditionError("MOE3033", ColumnOf(i), 1, $"the \"{{\" at column {ColumnOf(i)} is not closed.", $"Close it with }}, or write {{{{ for a brace.");
                template._parts.Add((literal.ToString(), Parser.Parse(text[(i + 1)..colon], ColumnOf(i + 1)), colon < close ? text[(colon + 1)..close] : null));
                if (colon < close) CheckFormat(text[(colon + 1)..close], ColumnOf(colon + 1));
                literal.Clear();
                i = close;
            }
        }
        template._parts.Add((literal.ToString(), null, null));
        return template;
    }

    /// <summary>The expressions bound and ready for one router, in their order.</summary>
    public IReadOnlyList<CompiledExpression> Bind(Binder binder) => [.. Expressions.Select(e => new CompiledExpression(binder.Bind(e)))];

    /// <summary>The message at the place of <paramref name="at"/>.</summary>
    public string Render(IReadOnlyList<CompiledExpression> expressions, Evaluation at)
    {
        var line = new StringBuilder();
        var next = 0;
        foreach (var (text, expression, format) in _parts)
        {
            line.Append(text);
            if (expression is null) continue;
            var value = expressions[next++].Evaluate(at);
            line.Append(value.Kind == ValueKind.Text ? Rendering.Line(value.Text) : value.Render(format));
        }
        return line.ToString();
    }

    private static (int Colon, int Close) EndOfExpression(string text, int start)
    {
        var quote = '\0';
        for (var i = start; i < text.Length; i++)
        {
            if (quote != '\0')
            {
                if (text[i] == '\\') i++;
                else if (text[i] == quote) quote = '\0';
            }
            else if (text[i] is '"' or '\'') quote = text[i];
            else if (text[i] == '}') return (i, i);
            else if (text[i] == ':') return (i, text.IndexOf('}', i));
        }
        return (-1, -1);
    }

    private static void CheckFormat(string format, int column)
    {
        try
        {
            _ = 1.5.ToString(format, CultureInfo.InvariantCulture);
        }
        catch (FormatException)
        {
            throw new ConditionError("MOE3034", column, Lexer.CodePoints(format), $"expected a number format at column {column}, found \"{format}\".", $"Write {{entropy:0.00}}.");
        }
    }
}
