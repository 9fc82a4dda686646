using MoeDevtools.Servers.Sessions;

namespace MoeDevtools.Servers.Rpc;

/// <summary>What a JSON-RPC server is given by its host. Immutable.</summary>
/// <param name="Registry">Shared with other servers of the process.</param>
/// <param name="Version">Of the program.</param>
/// <param name="Shutdown">Ends the daemon.</param>
/// <param name="Log">Takes lines for whoever runs the program. Any thread.</param>
public sealed record RpcOptions(SessionRegistry Registry, string Version, Action Shutdown, Action<string> Log);
