using System.CommandLine;
using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Breakpoints;
using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Debugging;
using MoeDevtools.Host.Verbs;
using MoeDevtools.Host.Views;

namespace MoeDevtools.Host.Runs;

/// <summary>The options with which <c>run</c> and <c>debug</c> set breakpoints, logs, filters and interventions before the start.</summary>
internal sealed class DebugRunOptions
{
    private readonly Option<string[]> _breaks = Several("--break", "SPEC", $"\"GLOB or FILE:LINE [if C] [hits H] [mode M] [once]\": stop");
    private readonly Option<string[]> _logs = Several("--log", "SPEC", $"\"GLOB [if C]: TEXT {{EXPR}}\": print, do not stop");
    private readonly Option<string[]> _interventions = Several("--intervene", "SPEC", $"\"GLOB [at 3,5-9]: mask 6; k 2\": change routing");
    private readonly Option<string[]> _filters = Several("--filter", "ID", $"stop on an anomaly, \"ID[:SETTING=X,...]\"; \"none\" = no filter");

    public void AddTo(Verb verb)
    {
        verb.Add(_breaks);
        verb.Add(_logs);
        verb.Add(_interventions);
        verb.Add(_filters);
    }

    /// <summary>Puts all of them into a session that has not started. Returns the breakpoints, in the order of the options.</summary>
    /// <exception cref="Messages.UserError"/>
    public IReadOnlyList<Breakpoint> Apply(VerbContext context, DebugSession session)
    {
        var breakpoints = new List<Breakpoint>();
        foreach (var text in context.Get(_breaks) ?? []) breakpoints.Add(Add(context, session, text, BreakpointSpec.Parse));
        foreach (var text in context.Get(_logs) ?? []) breakpoints.Add(Add(context, session, text, BreakpointSpec.ParseLog));
        foreach (var text in context.Get(_interventions) ?? []) session.Intervene(SessionCommands.Interventions.ParseSet(text));
        foreach (var text in context.Get(_filters) ?? [])
        {
            if (text == "none")
            {
                foreach (var known in session.Filters.Enabled) session.Filters.Disable(known.Id);
                continue;
            }
            session.Filters.SetFilter(text);
        }
        return breakpoints;
    }

    private static Breakpoint Add(VerbContext context, DebugSession session, string text, Func<string, BreakpointSpec> parse) =>
        Pointed(context, text, () => session.Breakpoints.Add(SourceLines.Resolve(parse(text), session.Source)));

    /// <summary>Refuses what cannot be read, before there is anything that it could be put into.</summary>
    /// <exception cref="Messages.UserError"/>
    public void Check(VerbContext context)
    {
        var nowhere = new BreakpointManager([]);
        foreach (var (option, parse) in new (Option<string[]>, Func<string, BreakpointSpec>)[] { (_breaks, BreakpointSpec.Parse), (_logs, BreakpointSpec.ParseLog) })
            foreach (var text in context.Get(option) ?? [])
                Pointed(context, text, () => nowhere.Add(parse(text)));
        foreach (var text in context.Get(_interventions) ?? []) SessionCommands.Interventions.ParseSet(text);
        var filters = new AnomalyMonitor([]);
        foreach (var text in (context.Get(_filters) ?? []).Where(text => text != "none")) filters.SetFilter(text);
    }

    private static Breakpoint Pointed(VerbContext context, string text, Func<Breakpoint> add)
    {
        try
        {
            return add();
        }
        catch (ConditionError error)
        {
            ErrorPointer.Write(context.Screen, text, 0, error);
            throw;
        }
    }

    private static Option<string[]> Several(string name, string value, FormattableString help) =>
        new(name) { HelpName = value, Help = help, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };
}
