using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MoeDevtools.Probe;

/// <summary>Waits to be attached to: a socket of the user's own beside a description of the process (docs/probe-protocol.md, Meeting). Owns its files.</summary>
internal sealed partial class Listener : IDisposable
{
    private readonly Socket _socket;
    private readonly string _description;
    private readonly string? _path;

    /// <param name="accepted">Given each connection, with the token that its hello must bring. Any thread.</param>
    /// <exception cref="IOException">The folder is not this user's alone, or cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException"/>
    /// <exception cref="SocketException"/>
    public Listener(ProcessDescription process, Action<Socket, string?> accepted)
    {
        var stem = Path.Combine(Folder(), $"{Environment.ProcessId}");
        _description = stem + ".json";
        string? token = null;
        string address;
        if (OperatingSystem.IsWindows())
        {
            token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            address = $"tcp:{_socket.LocalEndPoint}";
        }
        else
        {
            _path = stem + ".sock";
            File.Delete(_path);
            _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            _socket.Bind(new UnixDomainSocketEndPoint(_path));
            File.SetUnixFileMode(_path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            address = $"unix:{_path}";
        }
        _socket.Listen(1);
        WriteDescription(process, address, token);
        _ = Task.Run(() => AcceptAsync(socket => accepted(socket, token)));
    }

    public void Dispose()
    {
        File.Delete(_description);
        if (_path is not null) File.Delete(_path);
        _socket.Dispose();
    }

    /// <summary>Where the sockets of all probes of this user are. It is made, for the user alone, where it is not there.</summary>
    private static string Folder()
    {
        if (OperatingSystem.IsWindows()) return Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"moe-devtools-{Environment.UserName}")).FullName;
        const UnixFileMode own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var path = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime ? Path.Combine(runtime, "moe-devtools") : Path.Combine(Path.GetTempPath(), $"moe-devtools-{UserId()}");
        var folder = Directory.CreateDirectory(path, own);
        return (folder.UnixFileMode & ~own) == 0 ? path : throw new IOException($"{path} is not this user's alone");
    }

    [LibraryImport("libc", EntryPoint = "getuid")]
    private static partial uint UserId();

    /// <summary>It is there whole or not at all.</summary>
    private void WriteDescription(ProcessDescription process, string address, string? token)
    {
        var json = Json.Object(members =>
        {
            process.Write(members);
            members.WriteString("address", address);
            if (token is not null) members.WriteString("token", token);
        });
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(_description + ".new", options)) file.Write(json.Span);
        File.Move(_description + ".new", _description, overwrite: true);
    }

    private async Task AcceptAsync(Action<Socket> accepted)
    {
        try
        {
            while (true) accepted(await _socket.AcceptAsync().ConfigureAwait(false));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It listens no more.
        }
    }
}
