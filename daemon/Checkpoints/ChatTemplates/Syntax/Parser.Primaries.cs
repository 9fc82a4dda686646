using MoeDevtools.Checkpoints.ChatTemplates.Library;
using MoeDevtools.Checkpoints.ChatTemplates.Runtime;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Syntax;

/// <summary>A part: names, literals, and what is taken out of a value with a dot or brackets.</summary>
internal sealed partial class Parser
{
    private Expression ParsePrimary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                return ParseName();
            case TokenKind.Number:
                next++;
                return Constant(token.Number);
            case TokenKind.Text:
                var text = "";
                while (Current.Kind == TokenKind.Text)
                {
                    text += Take().Text;
                }

                return Constant(text);
            case TokenKind.Operator when token.Text == "(":
                next++;
                var inner = Current.IsOperator(")") ? run => Array.Empty<object?>() : ParseTuple(ParseExpression);
                ExpectOperator(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                return ParseList();
            case TokenKind.Operator when token.Text == "{":
                return ParseDict();
            default:
                throw Expected("a value");
        }
    }

    private Expression ParseName()
    {
        var token = Take();
        switch (token.Text)
        {
            case "true" or "True":
                return Constant(true);
            case "false" or "False":
                return Constant(false);
            case "none" or "None":
                return Constant(null);
        }

        if (!IsIdentifier(token.Text))
        {
            throw Syntax(token.At, $"'{token.Text}' is no name");
        }

        if (Current.IsOperator("("))
        {
            calls.Add(("function", token.Text, token.At));
        }

        return run =>
        {
            run.Spend(1);
            run.At = token.At;
            return run.Scope.TryGet(token.Text, out var value) ? value : new Undefined($"'{token.Text}' is undefined");
        };
    }

    private static Expression Constant(object? value) => run =>
    {
        run.Spend(1);
        return value;
    };

    /// <summary>One expression, or several with commas: a tuple. Stands where Jinja allows tuples without parentheses.</summary>
    private Expression ParseTuple(Func<Expression> parseElement)
    {
        var first = parseElement();
        if (!Current.IsOperator(","))
        {
            return first;
        }

        var elements = new List<Expression> { first };
        while (TakeOperator(",") && !EndsTuple())
        {
            elements.Add(parseElement());
        }

        return run => Evaluate(run, elements).ToArray();
    }

    private bool EndsTuple() => Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || Current.IsOperator(")") || Current.IsName("in");

    private Expression ParseList()
    {
        next++;
        var elements = new List<Expression>();
        while (!TakeOperator("]"))
        {
            if (elements.Count > 0)
            {
                ExpectOperator(",");
                if (TakeOperator("]"))
                {
                    break;
                }
            }

            elements.Add(ParseExpression());
        }

        return run => Evaluate(run, elements);
    }

    private Expression ParseDict()
    {
        next++;
        var entries = new List<(Expression Key, Expression Value, Position At)>();
        while (!TakeOperator("}"))
        {
            if (entries.Count > 0)
            {
                ExpectOperator(",");
                if (TakeOperator("}"))
                {
                    break;
                }
            }

            var at = Current.At;
            if (Current.Kind == TokenKind.Text)
            {
                bound.Add(Current.Text);
            }

            var key = ParseExpression();
            ExpectOperator(":");
            entries.Add((key, ParseExpression(), at));
        }

        return run =>
        {
            run.Descend();
            var mapping = new Mapping();
            foreach (var (key, value, at) in entries)
            {
                var (k, v) = (key(run), value(run));
                run.At = at;
                Globals.Put(run, mapping, k, v);
            }

            return mapping;
        };
    }

    private static List<object?> Evaluate(Run run, List<Expression> elements)
    {
        run.Descend();
        run.Spend((long)Run.ElementCost * elements.Count);
        return elements.ConvertAll(element => element(run));
    }

    private Expression ParsePostfix(Expression value)
    {
        while (Current.Kind == TokenKind.Operator)
        {
            switch (Current.Text)
            {
                case ".":
                    value = ParseDot(value);
                    break;
                case "[":
                    value = ParseSubscript(value);
                    break;
                case "(":
                    value = ParseCall(value);
                    break;
                default:
                    return value;
            }
        }

        return value;
    }

    private Expression ParseDot(Expression owner)
    {
        next++;
        var token = Take();
        if (token is { Kind: TokenKind.Number, Number: long index })
        {
            return Item(owner, Constant(index), token.At);
        }

        if (token.Kind != TokenKind.Name)
        {
            next--;
            throw Expected("a name or a number after the dot");
        }

        if (Current.IsOperator("("))
        {
            calls.Add(("method", token.Text, token.At));
        }

        return run =>
        {
            run.Descend();
            var value = owner(run);
            run.At = token.At;
            return Members.Attribute(run, value, token.Text);
        };
    }

    private static Expression Item(Expression owner, Expression index, Position at) => run =>
    {
        run.Descend();
        var (value, key) = (owner(run), index(run));
        run.At = at;
        return Members.Item(run, value, key);
    };

    private Expression ParseSubscript(Expression owner)
    {
        var at = Take().At;
        var bounds = new Expression?[3];
        var colons = 0;
        while (!Current.IsOperator("]"))
        {
            if (Current.IsOperator(":") && colons < 2)
            {
                next++;
                colons++;
            }
            else if (bounds[colons] is null)
            {
                bounds[colons] = ParseExpression();
            }
            else
            {
                throw Expected("']'");
            }
        }

        next++;
        if (colons == 0)
        {
            return Item(owner, bounds[0] ?? throw Syntax(at, "the brackets are empty"), at);
        }

        return run =>
        {
            run.Descend();
            var value = owner(run);
            var (start, stop, step) = (bounds[0]?.Invoke(run), bounds[1]?.Invoke(run), bounds[2]?.Invoke(run));
            run.At = at;
            return Members.Slice(run, value, start, stop, step);
        };
    }
}
