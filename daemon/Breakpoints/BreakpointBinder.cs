using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints;

/// <summary>Binds a breakpoint to the routers that its glob names: parses once, then checks and compiles for each router.</summary>
internal sealed class BreakpointBinder(IReadOnlyList<RouterInfo> routers, int longestWindow)
{
    /// <summary>Gives <paramref name="breakpoint"/> its bindings, mode and message by <paramref name="spec"/>; changes nothing where that fails.</summary>
    /// <exception cref="ConditionError">It can be used at none of the routers.</exception>
    public void Bind(Breakpoint breakpoint, BreakpointSpec spec)
    {
        var rule = spec.Hits is null ? HitRule.Always : HitRule.Parse(spec.Hits, spec.HitsColumn);
        var condition = spec.Condition is null ? null : Parser.Parse(spec.Condition, spec.ConditionColumn);
        var message = spec.LogMessage is null ? null : LogTemplate.Parse(spec.LogMessage, spec.MessageColumn);
        var matches = routers.Where(r => RouterNames.Matches(spec.Routers, r) || (spec.Place is { } place && r.Sources.Any(s => s.IsAt(place.Path, place.Line)))).ToList();
        var kept = ReferenceEquals(spec, breakpoint.Spec) ? breakpoint.Bindings : [];      // only routers have come
        var bindings = new List<Binding>();
        var refused = new List<ConditionError>();
        var mode = spec.Mode ?? BreakpointMode.Batch;
        if (matches.Count == 0) (mode, _, _) = Check(null, spec, condition, message);
        foreach (var router in matches)
        {
            if (kept.FirstOrDefault(binding => binding.Router.Id == router.Id) is { } same)
            {
                bindings.Add(same);
                mode = breakpoint.Mode;
                continue;
            }
            try
            {
                (mode, var root, var expressions) = Check(router, spec, condition, message);
                var rows = mode == BreakpointMode.Decision;
                var compiled = root is null ? null : new CompiledCondition(root, spec.Condition ?? root.Syntax.Source, rows);
                var weight = spec.ReadsExpert is { } e
                    ? new CompiledExpression(new Binder(router, rows: true, longestWindow).Bind(Call("weightOf", e, spec.ExpertColumn))) : null;
                bindings.Add(new Binding(breakpoint, router, compiled, message, expressions, weight));
            }
            catch (ConditionError error)
            {
                refused.Add(error);
            }
        }
        // The error that comes latest in the text is of the router where the condition went furthest.
        if (matches.Count > 0 && bindings.Count == 0) throw refused.MaxBy(e => e.Column)!;
        (breakpoint.Spec, breakpoint.Rule, breakpoint.Mode, breakpoint.Bindings) = (spec, rule, mode, bindings);
        breakpoint.Verified = bindings.Count > 0;
        breakpoint.Message = bindings.Count == 0
            ? $"binds no router; nearest: {string.Join(", ", RouterNames.Nearest(spec.Routers, routers))}"
            : refused.Count == 0 ? (FormattableString)$"binds {Routers(bindings.Count)}"
            : $"binds {Routers(bindings.Count)}; cannot hold at {Routers(refused.Count)}: {refused[0].Facts}";
    }

    private (BreakpointMode Mode, Bound? Root, IReadOnlyList<CompiledExpression> Expressions) Check(
        RouterInfo? router, BreakpointSpec spec, Syntax? condition, LogTemplate? message)
    {
        var (root, expressions) = BindAll(router, spec, condition, message, spec.Mode != BreakpointMode.Batch);
        var rows = root is { IsOfDecision: true } || expressions.Any(e => e.Node.IsOfDecision);
        if (root is not null && router is not null) new Attainability(router).Check(root);
        return (spec.Mode ?? (rows ? BreakpointMode.Decision : BreakpointMode.Batch), root, expressions);
    }

    private (Bound? Root, IReadOnlyList<CompiledExpression> Expressions) BindAll(
        RouterInfo? router, BreakpointSpec spec, Syntax? condition, LogTemplate? message, bool rows)
    {
        var binder = new Binder(router, rows, longestWindow);
        Bound? root = null;
        if (spec.ReadsExpert is { } expert)
        {
            var selected = Call("selected", expert, spec.ExpertColumn);
            if (!rows) selected = selected with { Kind = SyntaxKind.Call, Value = "any", Children = [selected], Source = $"any({selected.Source})" };
            root = binder.Condition(selected);
        }
        if (condition is not null)
        {
            var own = binder.Condition(condition);
            var and = condition with { Kind = SyntaxKind.Binary, Value = "&&" };
            root = root is null ? own : new Bound(BoundKind.Binary, ValueKind.Truth, and, root, own);
        }
        return (root, message?.Bind(binder) ?? []);
    }

    /// <summary>A call as if it had been written at <paramref name="column"/>, where the expert's number stands.</summary>
    private static Syntax Call(string name, int expert, int column)
    {
        var digits = FormattableString.Invariant($"{expert}");
        var number = new Syntax(SyntaxKind.Number, digits, expert, [], column, digits.Length, column, digits);
        return new Syntax(SyntaxKind.Call, name, 0, [number], column, digits.Length, column, $"{name}({digits})");
    }

    private static FormattableString Routers(int count) => count == 1 ? (FormattableString)$"{count} router" : $"{count} routers";
}
