using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using MoeDevtools.Wire;

namespace MoeDevtools.Capture.Training;

/// <summary>
/// Where the probes of a program that this daemon starts call: a socket in a folder that only the user can enter, or, on Windows, a port of this machine with a token.
/// </summary>
internal sealed class ProbeListener : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly string? _folder;
    private readonly string? _token;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _listening;

    /// <param name="greeted">Given each connection after its handshake. Any thread.</param>
    public ProbeListener(Action<ProbeConnection> greeted, Action<string> log)
    {
        if (OperatingSystem.IsWindows())
        {
            _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            Address = FormattableString.Invariant($"tcp:127.0.0.1:{((IPEndPoint)_socket.LocalEndPoint!).Port}");
        }
        else
        {
            _folder = Directory.CreateTempSubdirectory("moe-probe-").FullName;
            _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            _socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, "s")));
            Address = $"unix:{Path.Combine(_folder, "s")}";
        }
        _socket.Listen();
        _listening = Task.Run(() => ListenAsync(greeted, log));
    }

    /// <summary>Value of <c>MOE_DEVTOOLS_PROBE</c>.</summary>
    public string Address { get; }

    /// <summary>The variables that lead a probe here.</summary>
    public IEnumerable<(string Name, string Value)> Environment =>
        _token is null ? [("MOE_DEVTOOLS_PROBE", Address)] : [("MOE_DEVTOOLS_PROBE", Address), ("MOE_DEVTOOLS_PROBE_TOKEN", _token)];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _listening.ConfigureAwait(false);
        _stop.Dispose();
        if (_folder is not null) Directory.Delete(_folder, recursive: true);
    }

    private async Task ListenAsync(Action<ProbeConnection> greeted, Action<string> log)
    {
        try
        {
            while (true)
            {
                var socket = await _socket.AcceptAsync(_stop.Token).ConfigureAwait(false);
                _ = GreetAsync(new NetworkStream(socket, ownsSocket: true), greeted, log);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // It listens no more.
        }
    }

    private async Task GreetAsync(NetworkStream stream, Action<ProbeConnection> greeted, Action<string> log)
    {
        var connection = new ProbeConnection(stream, trusted: _token is null);
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            patience.CancelAfter(TimeSpan.FromSeconds(10));
            if (await connection.GreetAsync(_token, patience.Token).ConfigureAwait(false))
            {
                greeted(connection);
                return;
            }
            log("a connection that did not say hello was closed");
        }
        catch (Exception error) when (error is FramingException or IOException or OperationCanceledException)
        {
            log($"a connection was closed before its hello: {error.Message}");
        }
        await connection.DisposeAsync().ConfigureAwait(false);
    }
}
