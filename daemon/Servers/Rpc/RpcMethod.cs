namespace MoeDevtools.Servers.Rpc;

/// <summary>A method of the service.</summary>
/// <param name="InBackground">It may take long: it runs off the reader's thread, beside others. Those that do not run one after the other, as they come.</param>
internal sealed record RpcMethod(string Name, Action<Call> Run, bool InBackground = false);
