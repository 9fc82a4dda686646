using System.Net.Sockets;

namespace MoeDevtools.Host.Verbs.Doctor;

/// <summary>Editors and training probes talk to the daemon over a Unix socket that only this user may open.</summary>
internal static class SocketCheck
{
    public static Check Run()
    {
        string path = Path.Combine(UserFolders.Runtime, $"moe-devtools-{Environment.ProcessId}-{Path.GetRandomFileName()}.sock");
        try
        {
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            listener.Listen(1);
            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            client.Connect(new UnixDomainSocketEndPoint(path));
            using var server = listener.Accept();
            client.Send("?"u8);
            Span<byte> answer = stackalloc byte[1];
            server.ReceiveTimeout = 1000;
            server.Receive(answer);
            return new Check($"socket", Severity.Ok, $"a private Unix socket in {UserFolders.Runtime} works");
        }
        catch (Exception cause) when (cause is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new Check($"socket", Severity.Fail, $"{path}: {cause.Message}", $"Set XDG_RUNTIME_DIR to a folder of yours on a local disk, with a short path.");
        }
        finally
        {
            try
            {
                File.Delete(path);
            }
            catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
            {
                // It was never created.
            }
        }
    }
}
