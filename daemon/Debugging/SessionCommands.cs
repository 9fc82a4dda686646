using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Analysis.Policies;
using MoeDevtools.Breakpoints;
using MoeDevtools.Messages;
using MoeDevtools.Routing.Interventions;

namespace MoeDevtools.Debugging;

/// <summary>What a person types to change a session or to ask about its breakpoints, the same in every console.</summary>
public static class SessionCommands
{
    /// <summary>The parser of interventions, with the policies that exist.</summary>
    public static InterventionParser Interventions { get; } = new(PolicyCatalogue.Create);

    /// <summary><c>CHANGE[; CHANGE]</c>, for the decision in focus.</summary>
    /// <exception cref="UserError"/>
    public static ActiveIntervention Change(this DebugSession session, string text) =>
        session.Intervene(new InterventionSet(Stopped(session).Router.Name, null, Interventions.ParseChanges(text)), once: true);

    /// <summary><c>[GLOB [at POSITIONS]:] CHANGE</c>, from here on; without routers that of the stop.</summary>
    /// <exception cref="UserError"/>
    public static ActiveIntervention Always(this DebugSession session, string text) =>
        session.Intervene(text.Contains(':', StringComparison.Ordinal) ? Interventions.ParseSet(text)
            : new InterventionSet(Stopped(session).Router.Name, null, Interventions.ParseChanges(text)));

    /// <summary>Takes the last change back.</summary>
    /// <exception cref="UserError">Nothing was changed.</exception>
    public static void UndoLast(this DebugSession session)
    {
        var active = session.Interventions;
        if (active.Count == 0) throw new UserError("MOE4012", $"nothing was changed.", $"Changes are made with mask, force, k and the like.");
        session.RemoveIntervention(active[^1].Id);
    }

    /// <summary>Switches a filter on, <c>ID[:SETTING=X,...][,mode=decision]</c>, or off, <c>off ID</c>.</summary>
    /// <exception cref="UserError"/>
    public static void SetFilter(this AnomalyMonitor filters, string text)
    {
        if (text.StartsWith("off ", StringComparison.Ordinal))
        {
            filters.Disable(text[4..].Trim());
            return;
        }
        var filter = AnomalyFilter.Parse(text);
        filters.Enable(filter.Id, filter.Settings, filter.EachRow);
    }

    /// <summary>What a breakpoint is, binds to, and did so far, in one line.</summary>
    public static FormattableString Describe(this Breakpoint breakpoint) =>
        breakpoint.Verified ? (FormattableString)$"{breakpoint.Spec}: {breakpoint.Message}; {breakpoint.Explain()}" : $"{breakpoint.Spec}: {breakpoint.Explain()}";

    /// <summary>Arguments of a change, as a person writes them.</summary>
    public static string UsageOf(string word) => word switch
    {
        "k" => "N",
        "scale_weights" => "X",
        "weights" => "W,W,...",
        "policy" => "NAME [SETTING=X ...]",
        "add_to_logits" or "set_logits" or "selection_bias" => "E=X[,E=X]",
        _ => "E[,E]",
    };

    /// <summary>What a change does, in one line.</summary>
    public static FormattableString DoesOf(string word) => word switch
    {
        "mask" => (FormattableString)$"take experts out of the selection; the next best takes the slot",
        "mask_renormalised" => $"the same, but the scores are made without them (logit -inf)",
        "remove" => $"their slots stay empty, the other weights stay",
        "remove_renormalised" => $"their slots stay empty, the others are scaled to the old sum",
        "force" => $"these experts are chosen, with the weights that their scores give",
        "k" => $"another number of experts a token",
        "add_to_logits" => $"add to router logits",
        "set_logits" => $"replace router logits",
        "selection_bias" => $"added to the selection scores alone",
        "weights" => $"these weights, in the order of the decision",
        "scale_weights" => $"all weights times X",
        _ => $"another rule of choice: top_p p=0.8, threshold tau=0.1, ...",
    };

    private static Stop Stopped(DebugSession session) =>
        session.Stopped ?? throw new UserError("MOE4013", $"the model is not stopped at a decision.", $"Stop it first, or name the routers: always GLOB: CHANGE.");
}
