using MoeDevtools.Checkpoints.ChatTemplates.Syntax;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>A for statement: every iteration has names of its own; the filter is asked when its element's turn comes.</summary>
internal sealed class ForStatement(Action<Run, object?> assign, Expression? test, bool recursive, Statement body, Statement? otherwise, Position at)
{
    public Flow Execute(Run run, object? source)
    {
        Execute(run, run.Scope, source, depth: 0);
        return Flow.Next;
    }

    private void Execute(Run run, Scope around, object? source, int depth)
    {
        run.At = at;
        var elements = Sequences.Iterate(run, source);
        var recurse = recursive
            ? new Function("loop", (caller, call) =>
            {
                var inner = call.Bind(caller, "loop", ["iterable"])[0];
                return caller.Capture(inside =>
                {
                    Execute(inside, around, inner, depth + 1);
                    return Flow.Next;
                });
            })
            : null;
        var loop = test is null
            ? new Loop(run, elements, Sequences.TryCount(source), depth, recurse)
            : new Loop(run, elements.Where(element => Passes(run, around, element)), null, depth, recurse);
        while (loop.MoveNext())
        {
            run.Spend(Run.ElementCost);
            var scope = new Scope(around);
            scope.Set("loop", loop);
            var flow = run.Within(scope, () =>
            {
                assign(run, loop.Current);
                return body(run);
            });
            if (flow == Flow.Break)
            {
                break;
            }
        }

        if (loop.Index0 < 0 && otherwise is not null)
        {
            run.Within(new Scope(around), () => otherwise(run));
        }
    }

    private bool Passes(Run run, Scope around, object? element)
    {
        run.Spend(1);
        return run.Within(new Scope(around), () =>
        {
            assign(run, element);
            return Operators.Truth(test!(run));
        });
    }
}
