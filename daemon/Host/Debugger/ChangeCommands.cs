using MoeDevtools.Debugging;
using MoeDevtools.Host.Runs;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;
using MoeDevtools.Routing.Interventions;

namespace MoeDevtools.Host.Debugger;

/// <summary>Commands that change routing: for the decision in focus, or from here on.</summary>
internal sealed class ChangeCommands(DebugConsole console)
{
    public IEnumerable<ConsoleCommand> All =>
    [
        .. InterventionParser.Words.Select(word => new ConsoleCommand([word], UsageOf(word), DoesOf(word), rest => Change($"{word} {rest}"))),
        new(["set"], "CHANGE[; CHANGE]", "several changes of this decision at once", Change),
        new(["always"], "[GLOB [at POSITIONS]:] CHANGE", "change routing from here on; without GLOB at this router", Always)
        {
            More = "always mask 6 changes this router from here on. always *: k 2 changes all routers. always L2 at 3,5-9: mask 6 changes positions of layer 2. "
                + "The changes are those of set: mask, mask_renormalised, remove, remove_renormalised, force, k, add_to_logits, set_logits, selection_bias, weights, scale_weights, policy.",
        },
        new(["undo"], "[N]", "take change N back, or the last one", Undo),
    ];

    private static string UsageOf(string word) => word switch
    {
        "k" => "N",
        "scale_weights" => "X",
        "weights" => "W,W,...",
        "policy" => "NAME [SETTING=X ...]",
        "add_to_logits" or "set_logits" or "selection_bias" => "E=X[,E=X]",
        _ => "E[,E]",
    };

    private static string DoesOf(string word) => word switch
    {
        "mask" => "take experts out of the selection; the next best takes the slot",
        "mask_renormalised" => "the same, but the scores are made without them (logit -inf)",
        "remove" => "their slots stay empty, the other weights stay",
        "remove_renormalised" => "their slots stay empty, the others are scaled to the old sum",
        "force" => "these experts are chosen, with the weights that their scores give",
        "k" => "another number of experts a token",
        "add_to_logits" => "add to router logits",
        "set_logits" => "replace router logits",
        "selection_bias" => "added to the selection scores alone",
        "weights" => "these weights, in the order of the decision",
        "scale_weights" => "all weights times X",
        _ => "another rule of choice: top_p p=0.8, threshold tau=0.1, ...",
    };

    private void Change(string text)
    {
        var stop = console.Stopped;
        Add(new InterventionSet(stop.Router.Name, null, DebugRunOptions.Interventions.ParseChanges(text)), once: true);
    }

    private void Always(string text)
    {
        if (text.Contains(':', StringComparison.Ordinal)) Add(DebugRunOptions.Interventions.ParseSet(text), once: false);
        else Add(new InterventionSet(console.Stopped.Router.Name, null, DebugRunOptions.Interventions.ParseChanges(text)), once: false);
    }

    private void Add(InterventionSet changes, bool once)
    {
        var active = console.Session.Intervene(changes, once);
        console.Screen.WriteParagraph($"change {active.Id}: {active}", 2);
        ShowDecision();
        if (console.Session.Stopped is { } stop && !stop.Batch.IsChanged(stop.Row)) console.Screen.WriteParagraph("this decision stays as it is", 2, Tone.Dim);
    }

    private void Undo(string text)
    {
        var active = console.Session.Interventions;
        if (active.Count == 0) throw new UserError("MOE9206", $"nothing was changed.", $"Changes are made with mask, force, k and the like.");
        console.Session.RemoveIntervention(text.Length > 0 ? Arguments.Integer(text, "undo [N]") : active[^1].Id);
        ShowDecision();
    }

    private void ShowDecision()
    {
        if (console.Session.Stopped is { } stop) console.Show(stop);
    }
}
