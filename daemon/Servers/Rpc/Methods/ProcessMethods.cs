using MoeDevtools.Capture.Training;
using MoeDevtools.Servers.Rpc.Protocol;

namespace MoeDevtools.Servers.Rpc.Methods;

/// <summary>What can be attached to.</summary>
internal static class ProcessMethods
{
    public static IEnumerable<RpcMethod> All => [new("processes/list", List)];

    private static void List(Call call) => call.Answer(
        [.. WaitingProcesses.List().Select(process => new ProcessInfo(process.ProcessId, process.Command, process.Folder, process.Rank, process.WorldSize) { Debugger = process.Debugger })],
        RpcJson.Default.IReadOnlyListProcessInfo);
}
