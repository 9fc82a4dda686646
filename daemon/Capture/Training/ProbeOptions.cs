namespace MoeDevtools.Capture.Training;

/// <summary>How a training program is heard. Immutable.</summary>
public sealed record ProbeOptions
{
    /// <summary>What a person calls the program: its command line.</summary>
    public required string Name { get; init; }

    /// <summary>Starts the program with these variables in its environment, or has another one start it and gives null; null = <see cref="Processes"/> run already.</summary>
    public Func<IEnumerable<(string Name, string Value)>, TrainingProcess?>? Start { get; init; }

    /// <summary>All ranks of a training that runs already, in place of <see cref="Start"/>.</summary>
    public IReadOnlyList<WaitingProcess> Processes { get; init; } = [];

    /// <summary>tokenizer.json for the text of token ids; null = ids have no text.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Told what went wrong on a wire. Any thread.</summary>
    public Action<string> Log { get; init; } = _ => { };
}
