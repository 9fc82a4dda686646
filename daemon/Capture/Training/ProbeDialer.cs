using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using MoeDevtools.Messages;
using MoeDevtools.Wire;

namespace MoeDevtools.Capture.Training;

/// <summary>Calls a probe that waits.</summary>
internal static class ProbeDialer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LettingGo = TimeSpan.FromSeconds(3);

    /// <summary>A connection after its handshake. A daemon that is just letting go of the process is waited for.</summary>
    /// <exception cref="UserError">It cannot be attached to.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static async Task<ProbeConnection> ConnectAsync(WaitingProcess process, CancellationToken cancelled)
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < LettingGo; await Task.Delay(50, cancelled).ConfigureAwait(false))
            if (await TryConnectAsync(process, cancelled).ConfigureAwait(false) is { } connection) return connection;
        throw new UserError("MOE5128", $"{process.Command} ends the connection: another moe-devtools debugs it.", $"Let go of it there first (disconnect, or the end of that session).");
    }

    /// <summary>Null = it hung up at once.</summary>
    private static async Task<ProbeConnection?> TryConnectAsync(WaitingProcess process, CancellationToken cancelled)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        patience.CancelAfter(Patience);
        ProbeConnection? connection = null;
        try
        {
            connection = new ProbeConnection(await OpenAsync(process.Address, patience.Token).ConfigureAwait(false), trusted: process.Token is null);
            if (await connection.GreetAsync(process.Token, patience.Token).ConfigureAwait(false)) return connection;
            await connection.DisposeAsync().ConfigureAwait(false);
            return null;
        }
        catch (SocketException error)
        {
            throw new UserError("MOE5129", $"{process.Address} cannot be reached: {error.Message}", $"The process has ended, or waits no more. moe-devtools attach lists what waits.", error);
        }
        catch (IOException)
        {
            if (connection is not null) await connection.DisposeAsync().ConfigureAwait(false);
            return null;
        }
        catch (Exception error) when (error is FramingException or OperationCanceledException)
        {
            if (connection is not null) await connection.DisposeAsync().ConfigureAwait(false);
            cancelled.ThrowIfCancellationRequested();
            throw process.ProcessId > 0 && ProcessState.Holder(process.ProcessId) is { } holder
                ? new UserError("MOE5135", $"process {process.ProcessId} is held by another debugger: {holder}.", $"Let it go on there, and attach again.")
                : new UserError("MOE5136", $"{process.Command} does not answer.", $"It may be stopped (kill -CONT), or debugged by another moe-devtools.");
        }
    }

    private static async Task<NetworkStream> OpenAsync(string address, CancellationToken cancelled)
    {
        var unix = address.StartsWith("unix:", StringComparison.Ordinal);
        var socket = new Socket(unix ? AddressFamily.Unix : AddressFamily.InterNetwork, SocketType.Stream, unix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            if (unix) await socket.ConnectAsync(new UnixDomainSocketEndPoint(address["unix:".Length..]), cancelled).ConfigureAwait(false);
            else await socket.ConnectAsync(System.Net.IPAddress.Loopback, int.Parse(address[(address.LastIndexOf(':') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture), cancelled).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
