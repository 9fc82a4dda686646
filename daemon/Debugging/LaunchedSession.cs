using MoeDevtools.Capture;
using MoeDevtools.Capture.Training;
using MoeDevtools.Checkpoints;

namespace MoeDevtools.Debugging;

/// <summary>A session with what it runs and what it was opened from. Owns all of it.</summary>
public sealed class LaunchedSession(
    LaunchSettings settings, IRoutingSource source, DebugSession session, RunRequest request, Recording? recording, RecordedRouting? forced, Branch? branch) : IDisposable
{
    private int _branches;

    public LaunchSettings Settings => settings;

    public IRoutingSource Source => source;

    public DebugSession Session => session;

    /// <summary><c>checkpoint</c>, <c>replay</c> or <c>training</c>.</summary>
    public string Kind => settings.Training is not null ? "training" : settings.Trace is null ? "checkpoint" : "replay";

    /// <summary>What the program that was started for it ended with; null = there is none, or it runs.</summary>
    public int? ExitCode => source is ProbeSession { Exited: { IsCompletedSuccessfully: true } exited } ? exited.GetAwaiter().GetResult() : null;

    /// <summary>What becomes of a training when this is disposed while it runs. Nothing happens where there is none.</summary>
    public void Leave(Afterwards afterwards)
    {
        if (source is ProbeSession training) training.Afterwards = afterwards;
    }

    /// <summary>The file that has what a program prints that was started for it and goes on without it; null = there is none.</summary>
    public string? LeftOutput => (source as ProbeSession)?.LeftOutput;

    /// <summary>The program runs already, or is started by the client: it is not known how it ends.</summary>
    public bool EndIsUnknown => source is ProbeSession { Exited: null };

    /// <summary>Runs it on the session's compute thread, from the start or as a branch.</summary>
    public void Start()
    {
        if (branch is null) session.Start(request, settings.StopOnEntry);
        else session.Start(branch);
    }

    /// <summary>Where the next branch is recorded, beside the file of this session; null = into a temporary one.</summary>
    public string? NextBranchFile() => settings.RecordTo is null ? null : Path.GetFullPath(recording!.Branch(++_branches).Path);

    /// <summary>The weight of a router <c>[experts, hidden]</c>; null = no checkpoint is open, or it has none under the router's name, or in a stored format that is not plain. Until <see cref="Dispose"/>.</summary>
    public float[]? RouterWeight(int router)
    {
        var info = session.Routers[router];
        return source is ModelSession model && model.Checkpoint.TryGet(info.Name + ".weight", out var weight) && weight.Shape.Length == 2 && weight.Shape[0] == info.Experts
            && (weight.Type is StoredType.F32 or StoredType.F16 or StoredType.BF16) ? weight.ToFloats() : null;
    }

    public void Dispose()
    {
        session.Dispose();
        branch?.Dispose();
        forced?.Dispose();
        source.Dispose();
        recording?.Dispose();
    }
}
