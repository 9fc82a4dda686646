using MoeDevtools.Checkpoints.ChatTemplates.Library;
using MoeDevtools.Checkpoints.ChatTemplates.Runtime;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Syntax;

/// <summary>A part: calls, filters and tests, and their arguments.</summary>
internal sealed partial class Parser
{
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
