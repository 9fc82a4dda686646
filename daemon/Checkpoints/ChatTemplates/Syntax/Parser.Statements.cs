using MoeDevtools.Checkpoints.ChatTemplates.Library;
using MoeDevtools.Checkpoints.ChatTemplates.Runtime;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Syntax;

/// <summary>A part: text and tags.</summary>
internal sealed partial class Parser
{
    /// <summary>For statements around the place that is being parsed, within the same macro.</summary>
    private int loops;

    private Statement ParseBody()
    {
        var body = ParseBlock("the template");
        return Current.Kind == TokenKind.End ? body : throw Syntax(Current.At, $"the tag '{Current.Text}' closes nothing");
    }

    /// <summary>Statements up to one of the tags in <paramref name="ends"/>, whose name is then the current token.</summary>
    private Statement ParseBlock(string owner, params string[] ends) => Nested(() =>
    {
        var openedAt = Current.At;
        var statements = new List<Statement>();
        while (true)
        {
            var token = Take();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    statements.Add(run =>
                    {
                        run.Write(token.Text);
                        return Flow.Next;
                    });
                    break;
                case TokenKind.VariableBegin:
                    statements.Add(Print(ParseTuple(ParseExpression)));
                    Expect(TokenKind.VariableEnd, "'}}'");
                    break;
                case TokenKind.BlockBegin when Current.Kind == TokenKind.Name && (Array.IndexOf(ends, Current.Text) >= 0 || IsClosing(Current.Text)):
                    return Array.IndexOf(ends, Current.Text) >= 0 || ends.Length == 0
                        ? InOrder(statements)
                        : throw Syntax(Current.At, $"expected '{string.Join("' or '", ends)}' for {owner} of line {openedAt.Line}, found '{Current.Text}'");
                case TokenKind.BlockBegin:
                    statements.Add(ParseStatement());
                    break;
                default:
                    next--;
                    return ends.Length == 0 ? InOrder(statements) : throw Syntax(openedAt, $"{owner} is not closed by '{ends[^1]}'");
            }
        }
    });

    private static bool IsClosing(string tag) => tag is "else" or "elif" || tag.StartsWith("end", StringComparison.Ordinal);

    private static Statement Print(Expression value) => run =>
    {
        run.Write(PythonText.Str(run, value(run)));
        return Flow.Next;
    };

    private static Statement InOrder(List<Statement> statements) => run =>
    {
        foreach (var statement in statements)
        {
            run.Spend(1);
            var flow = statement(run);
            if (flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    };

    private Statement ParseStatement()
    {
        if (Current.Kind != TokenKind.Name)
        {
            throw Expected("a tag's name");
        }

        var tag = Take();
        switch (tag.Text)
        {
            case "set":
                return ParseSet();
            case "if":
                return ParseIf();
            case "for":
                return ParseFor();
            case "macro":
                return ParseMacro();
            case "call":
                return ParseCallBlock();
            case "filter":
                return ParseFilterBlock();
            case "with":
                return ParseWith();
            case "generation":
                return ParseGeneration();
            case "print":
                return ParsePrint();
            case "break" or "continue":
                if (loops == 0)
                {
                    throw Syntax(tag.At, $"'{tag.Text}' stands outside a loop");
                }

                CloseTag();
                var flow = tag.Text == "break" ? Flow.Break : Flow.Continue;
                return _ => flow;
            default:
                throw TemplateErrors.Unknown(template, tag.At, "tag", tag.Text);
        }
    }

    private Statement ParsePrint()
    {
        var printed = new List<Statement>();
        do
        {
            printed.Add(Print(ParseExpression()));
        }
        while (TakeOperator(","));
        CloseTag();
        return InOrder(printed);
    }

    private void CloseTag() => Expect(TokenKind.BlockEnd, "'%}'");

    /// <summary>After the name of a closing tag.</summary>
    private Statement ParseBlockAndClose(string owner, string end)
    {
        CloseTag();
        var body = ParseBlock(owner, end);
        next++;
        CloseTag();
        return body;
    }

    private Statement ParseSet()
    {
        var assign = ParseTarget(withNamespace: true);
        Expression value;
        if (TakeOperator("="))
        {
            value = ParseTuple(ParseExpression);
            CloseTag();
        }
        else
        {
            Statement? body = null;
            value = ParseFilters(run => InScope(run, () => run.Capture(body!)));
            body = ParseBlockAndClose("the block of 'set'", "endset");
        }

        return run =>
        {
            assign(run, value(run));
            return Flow.Next;
        };
    }

    private static T InScope<T>(Run run, Func<T> body) => run.Within(new Scope(run.Scope), body);

    /// <summary>A name, <c>namespace.name</c>, or several names for the elements of a value.</summary>
    private Action<Run, object?> ParseTarget(bool withNamespace)
    {
        if (withNamespace && Current.Kind == TokenKind.Name && tokens[next + 1].IsOperator("."))
        {
            var (at, space) = (Current.At, ExpectIdentifier());
            next++;
            var attribute = ExpectIdentifier();
            bound.Add(attribute);
            return (run, value) =>
            {
                run.At = at;
                var target = run.Scope.TryGet(space, out var found) && found is Namespace known
                    ? known
                    : throw run.Fail($"cannot assign an attribute of '{space}', which is no namespace");
                Globals.Put(run, target.Attributes, attribute, value);
            };
        }

        var targets = new List<Action<Run, object?>> { ParseTargetElement() };
        if (!Current.IsOperator(","))
        {
            return targets[0];
        }

        while (TakeOperator(",") && !Current.IsName("in") && !Current.IsOperator("=") && !Current.IsOperator(")"))
        {
            targets.Add(ParseTargetElement());
        }

        return (run, value) =>
        {
            var elements = Sequences.ToList(run, value);
            if (elements.Count != targets.Count)
            {
                throw run.Fail($"{targets.Count} names for {elements.Count} values");
            }

            for (var i = 0; i < elements.Count; i++)
            {
                targets[i](run, elements[i]);
            }
        };
    }

    private Action<Run, object?> ParseTargetElement()
    {
        if (TakeOperator("("))
        {
            var inner = Nested(() => ParseTarget(withNamespace: false));
            ExpectOperator(")");
            return inner;
        }

        var name = ExpectIdentifier();
        bound.Add(name);
        return (run, value) =>
        {
            run.Spend(Run.ElementCost);
            run.Scope.Set(name, value);
        };
    }

    private Statement ParseIf()
    {
        var branches = new List<(Expression? Condition, Statement Body)>();
        Expression? condition = ParseTuple(ParseOr);
        while (true)
        {
            CloseTag();
            var body = condition is null
                ? ParseBlock("'else'", "endif")
                : ParseBlock("'if'", "elif", "else", "endif");
            branches.Add((condition, body));
            var tag = Take();
            if (tag.Text == "endif")
            {
                CloseTag();
                break;
            }

            condition = tag.Text == "elif" ? ParseTuple(ParseOr) : null;
        }

        return run =>
        {
            foreach (var (test, body) in branches)
            {
                if (test is null || Operators.Truth(test(run)))
                {
                    return body(run);
                }
            }

            return Flow.Next;
        };
    }

    private Statement ParseFor()
    {
        var assign = ParseTarget(withNamespace: false);
        if (!TakeName("in"))
        {
            throw Expected("'in'");
        }

        var at = Current.At;
        var source = ParseTuple(ParseOr);
        var test = TakeName("if") ? ParseExpression() : null;
        var recursive = TakeName("recursive");
        CloseTag();
        loops++;
        var body = ParseBlock("'for'", "else", "endfor");
        loops--;
        Statement? otherwise = null;
        if (Take().Text == "else")
        {
            CloseTag();
            otherwise = ParseBlock("'else'", "endfor");
            next++;
        }

        CloseTag();
        var statement = new ForStatement(assign, test, recursive, body, otherwise, at);
        return run => statement.Execute(run, source(run));
    }

    private Statement ParseMacro()
    {
        var name = ExpectIdentifier();
        bound.Add(name);
        var macro = ParseMacroBody(name, ParseParameters(), "'macro'", "endmacro");
        return run =>
        {
            run.Scope.Set(name, macro.Define(run));
            return Flow.Next;
        };
    }

    private List<MacroParameter> ParseParameters()
    {
        var parameters = new List<MacroParameter>();
        ExpectOperator("(");
        while (!TakeOperator(")"))
        {
            if (parameters.Count > 0)
            {
                ExpectOperator(",");
            }

            var at = Current.At;
            var parameter = ExpectIdentifier();
            bound.Add(parameter);
            var fallback = TakeOperator("=") ? ParseExpression() : null;
            if (fallback is null && parameters.Exists(before => before.Default is not null))
            {
                throw Syntax(at, $"parameter '{parameter}' has no default, but one before it has");
            }

            parameters.Add(new MacroParameter(parameter, fallback));
        }

        return parameters;
    }

    private Macro ParseMacroBody(string name, List<MacroParameter> parameters, string owner, string end)
    {
        var outerLoops = loops;
        loops = 0;
        var start = next;
        var body = ParseBlockAndClose(owner, end);
        loops = outerLoops;
        var takes = tokens.Skip(start).Take(next - start).Where(token => token.Kind == TokenKind.Name).Select(token => token.Text).ToHashSet(StringComparer.Ordinal);
        return new Macro(name, parameters, body, takes.Contains("varargs"), takes.Contains("kwargs"), takes.Contains("caller"));
    }

    private Statement ParseCallBlock()
    {
        var parameters = Current.IsOperator("(") ? ParseParameters() : [];
        var at = Current.At;
        if (Current.Kind != TokenKind.Name || !tokens[next + 1].IsOperator("(") && !tokens[next + 1].IsOperator("."))
        {
            throw Expected("a call of a macro");
        }

        // The block itself is one more argument of the call, which is why callee and arguments are parsed apart.
        calls.Add(("function", Current.Text, at));
        var callee = ParseCallee();
        var arguments = ParseArguments();
        var caller = ParseMacroBody("caller", parameters, "'call'", "endcall");
        return run =>
        {
            var function = callee(run);
            var given = arguments(run);
            var call = new Call(given.Positional, [.. given.Named, new("caller", caller.Define(run))]);
            run.At = at;
            run.Write(PythonText.Str(run, run.Invoke(function, call)));
            return Flow.Next;
        };
    }

    /// <summary>A name, or names with dots, up to the parenthesis.</summary>
    private Expression ParseCallee()
    {
        var token = Take();
        Expression callee = run => run.Scope.TryGet(token.Text, out var value) ? value : new Undefined($"'{token.Text}' is undefined");
        while (Current.IsOperator("."))
        {
            callee = ParseDot(callee);
        }

        return callee;
    }

    private Statement ParseFilterBlock()
    {
        Statement? body = null;
        var value = ParseFilters(ParseFilter(run => InScope(run, () => run.Capture(body!))));
        body = ParseBlockAndClose("'filter'", "endfilter");
        return Print(value);
    }

    private Statement ParseWith()
    {
        var names = new List<(Action<Run, object?> Assign, Expression Value)>();
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (names.Count > 0)
            {
                ExpectOperator(",");
            }

            var assign = ParseTargetElement();
            ExpectOperator("=");
            names.Add((assign, ParseExpression()));
        }

        var body = ParseBlockAndClose("'with'", "endwith");
        return run =>
        {
            // All values are those of outside, whatever the order of the names.
            var values = names.ConvertAll(pair => pair.Value(run));
            return InScope(run, () =>
            {
                for (var i = 0; i < names.Count; i++)
                {
                    names[i].Assign(run, values[i]);
                }

                return body(run);
            });
        };
    }

    /// <summary>Marks what the assistant says, for training; here its text counts and nothing else.</summary>
    private Statement ParseGeneration()
    {
        var body = ParseMacroBody("generation", [], "'generation'", "endgeneration");
        return run =>
        {
            run.Write(PythonText.Str(run, run.Invoke(body.Define(run), Call.Empty)));
            return Flow.Next;
        };
    }
}
