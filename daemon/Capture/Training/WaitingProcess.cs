namespace MoeDevtools.Capture.Training;

/// <summary>A process whose probe waits to be attached to, as its description says. Immutable.</summary>
public sealed record WaitingProcess
{
    /// <summary><c>unix:PATH</c> or <c>tcp:127.0.0.1:PORT</c>.</summary>
    public required string Address { get; init; }

    /// <summary>What a TCP address asks for; null = nothing.</summary>
    public string? Token { get; init; }

    public required int ProcessId { get; init; }

    /// <summary>The program with its arguments.</summary>
    public required string Command { get; init; }

    public required string Folder { get; init; }

    public int Rank { get; init; }

    public int WorldSize { get; init; } = 1;

    /// <summary>The same for all ranks of a distributed training; null = there is one rank.</summary>
    public string? Run { get; init; }

    /// <summary>Who else debugs it: <c>debugpy</c>, or a process that traces it; null = nobody is known to.</summary>
    public string? Debugger { get; init; }
}
