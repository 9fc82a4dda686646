using MoeDevtools.Messages;

namespace MoeDevtools.Debugging;

/// <summary>What a client asks to debug, as a launch configuration says it; the names are its attributes. Paths are absolute or relative to the process. Immutable.</summary>
public sealed record LaunchSettings
{
    /// <summary>Folder of a checkpoint; null = something else is debugged.</summary>
    public string? Model { get; init; }

    /// <summary>A recording to replay; null = something else is debugged.</summary>
    public string? Trace { get; init; }

    /// <summary>A program that trains; null = something else is debugged.</summary>
    public ProgramSettings? Training { get; init; }

    public string? Prompt { get; init; }

    public string? PromptFile { get; init; }

    public string? Dataset { get; init; }

    /// <summary>Null = 24 after a prompt, 0 after a dataset.</summary>
    public int? MaxNewTokens { get; init; }

    public long Seed { get; init; }

    public SamplingChoice Sampling { get; init; } = new();

    /// <summary>tokenizer.json in place of the model's own.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>False = nothing is recorded; null = as is usual.</summary>
    public bool? Record { get; init; }

    /// <summary>File to record into; null = a temporary one.</summary>
    public string? RecordTo { get; init; }

    /// <summary>A trace whose selection is imposed on the model.</summary>
    public string? ForceRouting { get; init; }

    /// <summary>Weights are those of <see cref="ForceRouting"/> too; else the model's own scores give them.</summary>
    public bool ForceRecordedWeights { get; init; }

    /// <summary>Routers to record (globs); empty = all.</summary>
    public IReadOnlyList<string> Routers { get; init; } = [];

    public bool StopOnEntry { get; init; }

    /// <summary>The session stands at the end of its run too. A replay always does.</summary>
    public bool HoldAtEnd { get; init; }

    /// <summary>Where the run is taken up as a branch, with the changes that held there; null = it begins at the start.</summary>
    public BranchPlace? Branch { get; init; }

    /// <summary>In the grammar of <c>--intervene</c>.</summary>
    public IReadOnlyList<string> Interventions { get; init; } = [];

    /// <summary>Refuses what is missing or contradicts itself, by the names of the attributes.</summary>
    /// <exception cref="UserError"/>
    public LaunchSettings Check()
    {
        if (Model is null && Trace is null && Training is null)
            throw new UserError("MOE4101", $"nothing to debug is named.", $"Give program, module or command, which train; model, the folder of a checkpoint; or trace, a recording.");
        var command = Training?.Command.Count > 0 ? Training.Command : null;
        Exclude(("program", Training?.Program), ("module", Training?.Module), ("command", command), ("processId", Training?.Process), ("model", Model), ("trace", Trace));
        if (Training is not null)
        {
            var name = Training.Process is not null ? "processId" : Training.Program is not null ? "program" : command is not null ? "command" : "module";
            foreach (var (attribute, value) in new (string, object?)[]
            {
                ("prompt", Prompt), ("promptFile", PromptFile), ("dataset", Dataset), ("maxNewTokens", MaxNewTokens), ("forceRouting", ForceRouting), ("branch", Branch),
            })
                Exclude((name, name), (attribute, value));
            Training.Check();
        }
        Exclude(("prompt", Prompt), ("promptFile", PromptFile), ("dataset", Dataset), ("trace", Trace));
        Exclude(("trace", Trace), ("forceRouting", ForceRouting));
        Exclude(("trace", Trace), ("tokenizer", Tokenizer));
        Exclude(("trace", Trace), ("maxNewTokens", MaxNewTokens));
        Exclude(("trace", Trace), ("record", Record == true ? "true" : null));
        Exclude(("trace", Trace), ("branch", Branch));
        Exclude(("branch", Branch), ("interventions", Interventions.Count > 0 ? Interventions : null));
        Exclude(("branch", Branch), ("stopOnEntry", StopOnEntry ? "true" : null));
        if (Model is not null && Prompt is null && PromptFile is null && Dataset is null)
            throw new UserError("MOE4102", $"there is nothing to run: none of prompt, promptFile and dataset is given.", $"Give one of them beside model.");
        if (MaxNewTokens < 0)
            throw new UserError("MOE4103", $"maxNewTokens {MaxNewTokens} is below 0.", $"Use 0 or more.");
        return this;
    }

    private static void Exclude(params (string Name, object? Value)[] attributes)
    {
        var given = attributes.Where(a => a.Value is not null).Select(a => a.Name).ToList();
        if (given.Count > 1)
            throw new UserError("MOE4104", $"{string.Join(" and ", given)} contradict each other.", $"Give one of them.");
    }
}
