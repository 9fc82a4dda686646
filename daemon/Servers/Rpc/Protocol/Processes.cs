namespace MoeDevtools.Servers.Rpc.Protocol;

/// <summary>A training that waits to be attached to.</summary>
/// <param name="Ranks">Of the training that it belongs to.</param>
internal sealed record ProcessInfo(int Pid, string Command, string Folder, int Rank, int Ranks)
{
    /// <summary>Who else debugs it.</summary>
    public string? Debugger { get; init; }
}
