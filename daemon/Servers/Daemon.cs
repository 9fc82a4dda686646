using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using MoeDevtools.Messages;
using MoeDevtools.Servers.Dap;
using MoeDevtools.Servers.Rpc;
using MoeDevtools.Servers.Sessions;

namespace MoeDevtools.Servers;

/// <summary>
/// Serves many clients at once over one registry of sessions: JSON-RPC on an endpoint, DAP on the endpoint with <c>.dap</c> behind it, and DAP on a port of the loopback
/// for those who bring the token. An endpoint is a Unix socket that only its user can open, or a named pipe on Windows.
/// </summary>
/// <param name="endpoint">Null = no endpoint.</param>
/// <param name="listen">Null = no port; port 0 = one that is free.</param>
/// <param name="version">Of the program.</param>
/// <param name="cacheFolder">For what can be made again.</param>
/// <param name="log">Takes lines for whoever runs the program. Any thread.</param>
public sealed class Daemon(string? endpoint, IPEndPoint? listen, string version, string cacheFolder, Action<string> log) : IDisposable
{
    private readonly SessionRegistry _sessions = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Socket> _listeners = [];
    private readonly List<string> _files = [];
    private readonly List<Func<Task>> _accepting = [];

    /// <summary>What <c>launch</c> must bring over the port.</summary>
    public string Token { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Where DAP is beside JSON-RPC; null without an endpoint.</summary>
    public string? DapEndpoint => endpoint is null ? null : endpoint + ".dap";

    /// <summary>The port, once <see cref="Open"/> was called; null without one.</summary>
    public IPEndPoint? Address { get; private set; }

    /// <summary>Listens; clients that connect are served once <see cref="RunAsync"/> runs.</summary>
    /// <exception cref="UserError">An address is in use or cannot be used.</exception>
    public void Open()
    {
        if (endpoint is not null)
        {
            OpenEndpoint(endpoint, (stream, cancelled) => new RpcServer(stream, new RpcOptions(_sessions, version, _stop.Cancel, log)).RunAsync(cancelled));
            OpenEndpoint(DapEndpoint!, (stream, cancelled) => new DapServer(stream, stream, new DapOptions(_sessions, cacheFolder, log)).RunAsync(cancelled));
        }
        if (listen is null) return;
        if (!IPAddress.IsLoopback(listen.Address))
            throw new UserError("MOE7050", $"{listen} is not an address of this machine alone.", $"Use 127.0.0.1; for another machine forward the port over SSH.");
        var socket = new Socket(listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        Listen(socket, listen, $"{listen}");
        Address = (IPEndPoint)socket.LocalEndPoint!;
        Accept(socket, (stream, cancelled) => new DapServer(stream, stream, new DapOptions(_sessions, cacheFolder, log) { Token = Token }).RunAsync(cancelled));
    }

    /// <summary>Serves until it is cancelled or a client asks for the end; its sessions are ended then.</summary>
    public async Task RunAsync(CancellationToken cancelled)
    {
        await using var registration = cancelled.Register(_stop.Cancel);
        await Task.WhenAll(_accepting.Select(accept => accept())).ConfigureAwait(false);
    }

    public void Dispose()
    {
        foreach (var listener in _listeners) listener.Dispose();
        foreach (var file in _files) File.Delete(file);
        _sessions.Dispose();
        _stop.Dispose();
    }

    private void OpenEndpoint(string path, Func<Stream, CancellationToken, Task> serve)
    {
        if (OperatingSystem.IsWindows())
        {
            var name = path.StartsWith(@"\\.\pipe\", StringComparison.OrdinalIgnoreCase) ? path[@"\\.\pipe\".Length..] : path;
            _accepting.Add(() => AcceptPipesAsync(name, serve));
            return;
        }
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        UnixSocketFile.Bind(socket, path);
        _files.Add(path);
        Listen(socket, null, path);
        Accept(socket, serve);
    }

    private void Listen(Socket socket, EndPoint? address, string shown)
    {
        _listeners.Add(socket);
        try
        {
            if (address is not null) socket.Bind(address);
            socket.Listen(16);
        }
        catch (SocketException error)
        {
            throw new UserError("MOE7051", $"{shown} cannot be listened on: {error.Message}", $"Choose another address, or end what uses it.", error);
        }
    }

    private void Accept(Socket listener, Func<Stream, CancellationToken, Task> serve) => _accepting.Add(async () =>
    {
        var clients = new List<Task>();
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                clients.RemoveAll(c => c.IsCompleted);
                clients.Add(ServeAsync(new NetworkStream(client, ownsSocket: true), serve));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(clients).ConfigureAwait(false);
        }
    });

    private async Task AcceptPipesAsync(string name, Func<Stream, CancellationToken, Task> serve)
    {
        var clients = new List<Task>();
        try
        {
            while (true)
            {
                var pipe = new NamedPipeServerStream(
                    name, PipeDirection.InOut, NamedPipeServerStream.MaxAllowedServerInstances, PipeTransmissionMode.Byte, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
                await pipe.WaitForConnectionAsync(_stop.Token).ConfigureAwait(false);
                clients.RemoveAll(c => c.IsCompleted);
                clients.Add(ServeAsync(pipe, serve));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(clients).ConfigureAwait(false);
        }
    }

    private async Task ServeAsync(Stream stream, Func<Stream, CancellationToken, Task> serve)
    {
        await using (stream.ConfigureAwait(false))
        {
            try
            {
                await Task.Run(() => serve(stream, _stop.Token)).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // a defect of one connection is logged; the others go on
            catch (Exception error)
#pragma warning restore CA1031
            {
                log(error.ToString());
            }
        }
    }
}
