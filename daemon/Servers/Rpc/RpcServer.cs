using MoeDevtools.Wire;

namespace MoeDevtools.Servers.Rpc;

/// <summary>JSON-RPC 2.0 for one client: what views ask of the sessions of a daemon (docs/rpc.md). It translates and decides nothing.</summary>
/// <param name="stream">Not owned.</param>
public sealed class RpcServer(Stream stream, RpcOptions options)
{
    /// <summary>Serves until the client's stream ends or is no protocol.</summary>
    public async Task RunAsync(CancellationToken cancelled)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        var writer = new MessageWriter(stream, stop.Cancel);
        var reader = new MessageReader(stream, MessageLimits.Default);
        var dispatcher = new RpcDispatcher(new RpcOutbox(writer), options);
        try
        {
            while (await reader.ReadAsync(stop.Token).ConfigureAwait(false) is { } body) dispatcher.Dispatch(body);
        }
        catch (FramingException error)
        {
            options.Log($"the connection is closed: {error.Message}");
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // The client has gone, or the daemon ends.
        }
        await dispatcher.DisposeAsync().ConfigureAwait(false);
        await writer.DisposeAsync().ConfigureAwait(false);
    }
}
