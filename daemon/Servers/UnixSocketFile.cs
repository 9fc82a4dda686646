using System.Net.Sockets;
using System.Runtime.Versioning;
using MoeDevtools.Messages;

namespace MoeDevtools.Servers;

/// <summary>Binds a socket to a file that nobody but its user can ever open.</summary>
internal static class UnixSocketFile
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>
    /// The file is made in a folder of its own that only the user can enter, gets its mode there, and is then moved: at its path it never has another mode. A file that
    /// an ended daemon has left is replaced.
    /// </summary>
    /// <exception cref="UserError">The path is in use, is no socket, is too long, or cannot be written.</exception>
    [UnsupportedOSPlatform("windows")]
    public static void Bind(Socket socket, string path)
    {
        path = Path.GetFullPath(path);
        if (File.Exists(path) && IsAlive(path))
            throw new UserError("MOE7052", $"{path} is in use by another process.", $"Choose another path, or end that process.");
        var folder = $"{path}.{Environment.ProcessId:x}";
        try
        {
            Directory.CreateDirectory(folder, Owner | UnixFileMode.UserExecute);
            var made = Path.Combine(folder, "s");
            socket.Bind(new UnixDomainSocketEndPoint(made));
            File.SetUnixFileMode(made, Owner);
            File.Move(made, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or SocketException or ArgumentException)
        {
            throw new UserError("MOE7053", $"{path} cannot be made a socket: {error.Message}", $"Choose a short path in a folder that you can write to.", error);
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    private static bool IsAlive(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.ConnectionRefused)
        {
            return false;
        }
        catch (SocketException)
        {
            return true;        // a file of another kind: it is not ours to replace
        }
    }
}
