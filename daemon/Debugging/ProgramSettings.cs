using MoeDevtools.Messages;

namespace MoeDevtools.Debugging;

/// <summary>A training program as a launch configuration names it; the names are its attributes. Immutable.</summary>
public sealed record ProgramSettings
{
    /// <summary>A Python file.</summary>
    public string? Program { get; init; }

    /// <summary>A Python module, as after <c>python -m</c>.</summary>
    public string? Module { get; init; }

    /// <summary>Any command with its arguments: <c>["torchrun", "--nproc_per_node", "2", "train.py"]</c>; empty = none.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Follow the program, the module or the command.</summary>
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>The interpreter of <see cref="Program"/> and <see cref="Module"/>; null = python3, or what the environment has of that name.</summary>
    public string? Python { get; init; }

    /// <summary>Variables over those of the daemon; null takes one away.</summary>
    public IReadOnlyDictionary<string, string?> Env { get; init; } = new Dictionary<string, string?>();

    /// <summary>The folder in which it runs; null = the daemon's.</summary>
    public string? Folder { get; init; }

    /// <summary>In place of the three: the number of a process that waits to be attached to, or its address.</summary>
    public string? Process { get; init; }

    /// <summary>The client starts the program, with the variables that <see cref="IDebugClient.OnProgramWanted"/> gives it: its own debugger does, so that both are in one run.</summary>
    public bool StartedByClient { get; init; }

    /// <summary>Token id that pads; null = the program says it itself, or nothing does.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>The command line; for a process, what it is called.</summary>
    public IReadOnlyList<string> Words => Process is not null ? ["process", Process] : [.. Program is not null ? [Interpreter, Program] : Module is not null ? [Interpreter, "-m", Module] : Command, .. Args];

    /// <summary>Reads Python files of the program.</summary>
    public string Interpreter => Python ?? (OperatingSystem.IsWindows() ? "python" : "python3");

    /// <summary>Refuses what contradicts itself, by the names of the attributes.</summary>
    /// <exception cref="UserError"/>
    public void Check()
    {
        if (Python is not null && Command.Count > 0)
            throw new UserError("MOE4105", $"python has no meaning beside command, which names its interpreter itself.", $"Leave one of them out.");
        if (Program is not null && !File.Exists(Path.Combine(Folder ?? "", Program)))
            throw new UserError("MOE4106", $"there is no file {Path.Combine(Folder ?? "", Program)}.", $"Correct program, or the folder (cwd) that it is relative to.");
        if (Folder is not null && !Directory.Exists(Folder))
            throw new UserError("MOE4107", $"there is no folder {Folder} to run the program in.", $"Correct cwd.");
    }
}
