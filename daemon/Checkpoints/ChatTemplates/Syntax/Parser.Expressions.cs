using MoeDevtools.Checkpoints.ChatTemplates.Library;
using MoeDevtools.Checkpoints.ChatTemplates.Runtime;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Syntax;

/// <summary>A part: expressions, from the loosest operator to the tightest.</summary>
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

    private Expression ParseCall(Expression callee)
    {
        var at = Current.At;
        var arguments = ParseArguments();
        return run =>
        {
            run.Descend();
            var function = callee(run);
            var call = arguments(run);
            run.At = at;
            return run.Invoke(function, call);
        };
    }

    /// <summary>The parenthesis and what is in it: positional, named, *list and **dict arguments.</summary>
    private Func<Run, Call> ParseArguments()
    {
        ExpectOperator("(");
        var parts = new List<(string? Name, int Stars, Expression Value, Position At)>();
        while (!TakeOperator(")"))
        {
            if (parts.Count > 0)
            {
                ExpectOperator(",");
                if (TakeOperator(")"))
                {
                    break;
                }
            }

            var at = Current.At;
            var stars = TakeOperator("**") ? 2 : TakeOperator("*") ? 1 : 0;
            string? name = null;
            if (stars == 0 && Current.Kind == TokenKind.Name && tokens[next + 1].IsOperator("="))
            {
                name = Take().Text;
                next++;
                bound.Add(name);
            }

            if (name is null && stars < 2 && parts.Exists(part => part.Name is not null || part.Stars == 2))
            {
                throw Syntax(at, "a positional argument after a named one");
            }

            parts.Add((name, stars, ParseExpression(), at));
        }

        return parts.Count == 0 ? _ => Call.Empty : run =>
        {
            var call = new Call([], []);
            foreach (var (name, stars, expression, at) in parts)
            {
                var value = expression(run);
                run.At = at;
                run.Spend(Run.ElementCost);
                if (stars == 1)
                {
                    call.Positional.AddRange(Sequences.ToList(run, value));
                }
                else if (stars == 2)
                {
                    var mapping = value as Mapping ?? throw run.Fail($"** needs a dict, not {Types.Name(value)}");
                    call.Named.AddRange(mapping.Entries.Select(entry =>
                        new KeyValuePair<string, object?>(entry.Key as string ?? throw run.Fail("the keys after ** must be strings"), entry.Value)));
                }
                else if (name is null)
                {
                    call.Positional.Add(value);
                }
                else
                {
                    call.Named.Add(new(name, value));
                }
            }

            return call;
        };
    }

    private Expression ParseFilters(Expression value)
    {
        while (true)
        {
            if (TakeOperator("|"))
            {
                value = ParseFilter(value);
            }
            else if (TakeName("is"))
            {
                value = ParseTest(value);
            }
            else if (Current.IsOperator("("))
            {
                value = ParseCall(value);
            }
            else
            {
                return value;
            }
        }
    }

    private string ExpectDottedName()
    {
        var name = Current.Kind == TokenKind.Name ? Take().Text : throw Expected("a name");
        while (TakeOperator("."))
        {
            name += "." + ExpectIdentifier();
        }

        return name;
    }

    /// <summary>After the bar.</summary>
    private Expression ParseFilter(Expression value)
    {
        var at = Current.At;
        var name = ExpectDottedName();
        var filter = Filters.All.GetValueOrDefault(name) ?? throw TemplateErrors.Unknown(template, at, "filter", name);
        CheckNamedRoutine(name);
        var arguments = Current.IsOperator("(") ? ParseArguments() : _ => Call.Empty;
        return run =>
        {
            run.Descend();
            var subject = value(run);
            var call = arguments(run);
            run.At = at;
            return filter.Apply(run, subject, call);
        };
    }

    /// <summary>map('filter') and select('test') name another routine, which is known now when it is written as a string.</summary>
    private void CheckNamedRoutine(string filter)
    {
        var argument = next + (filter is "selectattr" or "rejectattr" ? 3 : 1);
        if (filter is not ("map" or "select" or "reject" or "selectattr" or "rejectattr") || !Current.IsOperator("(")
            || argument >= tokens.Count || tokens[argument].Kind != TokenKind.Text || (argument == next + 3 && !tokens[next + 2].IsOperator(",")))
        {
            return;
        }

        var (kind, known) = filter == "map" ? ("filter", Filters.All.ContainsKey(tokens[argument].Text)) : ("test", Tests.All.ContainsKey(tokens[argument].Text));
        var isWhole = tokens[argument + 1].IsOperator(",") || tokens[argument + 1].IsOperator(")");
        if (!known && isWhole)
        {
            throw TemplateErrors.Unknown(template, tokens[argument].At, kind, tokens[argument].Text);
        }
    }

    /// <summary>After "is".</summary>
    private Expression ParseTest(Expression value)
    {
        var subject = tokens[next - 2];
        var negated = TakeName("not");
        var at = Current.At;
        var name = ExpectDottedName();
        var test = Tests.All.GetValueOrDefault(name) ?? throw TemplateErrors.Unknown(template, at, "test", name);
        if (name is "defined" or "undefined" or "callable" && subject.Kind == TokenKind.Name)
        {
            guarded.Add(subject.Text);
        }

        Func<Run, Call> arguments = _ => Call.Empty;
        if (Current.IsOperator("("))
        {
            arguments = ParseArguments();
        }
        else if (BeginsTestArgument())
        {
            var argument = ParsePostfix(ParsePrimary());
            arguments = run => Call.With(argument(run));
        }

        return run =>
        {
            run.Descend();
            var tested = value(run);
            var call = arguments(run);
            run.At = at;
            return Operators.Truth(test.Apply(run, tested, call)) != negated;
        };
    }

    private bool BeginsTestArgument()
    {
        if (Current.IsName("is"))
        {
            throw Syntax(Current.At, "a test cannot follow a test; put the first into parentheses");
        }

        return Current.Kind is TokenKind.Text or TokenKind.Number || Current.IsOperator("[") || Current.IsOperator("{")
            || (Current.Kind == TokenKind.Name && Current.Text is not ("else" or "or" or "and" or "if" or "in" or "not" or "recursive"));
    }
}
