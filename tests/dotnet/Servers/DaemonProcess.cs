using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace MoeDevtools.Tests.Servers;

/// <summary><c>moe-devtools daemon</c> with a cache folder of its own.</summary>
internal sealed class DaemonProcess : IAsyncDisposable
{
    private DaemonProcess(string folder, Process process) => (Folder, Process) = (folder, process);

    public string Folder { get; }

    public Process Process { get; }

    public string Endpoint => Path.Combine(Folder, "m");

    public int Port { get; private set; }

    public string Token { get; private set; } = "";

    public static async Task<DaemonProcess> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        var start = new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "moe-devtools.dll"), "daemon", "--endpoint", Path.Combine(folder, "m"), "--listen", "127.0.0.1:0"]) { RedirectStandardOutput = true };
        start.Environment["XDG_CACHE_HOME"] = start.Environment["XDG_RUNTIME_DIR"] = folder;
        var daemon = new DaemonProcess(folder, Process.Start(start)!);
        Assert.Equal($"rpc {daemon.Endpoint}", await daemon.Process.StandardOutput.ReadLineAsync());
        Assert.Equal($"dap {daemon.Endpoint}.dap", await daemon.Process.StandardOutput.ReadLineAsync());
        var words = (await daemon.Process.StandardOutput.ReadLineAsync())!.Split(' ');
        Assert.Equal(("dap", "token"), (words[0], words[2]));
        (daemon.Port, daemon.Token) = (int.Parse(words[1].Split(':')[1], CultureInfo.InvariantCulture), words[3]);
        return daemon;
    }

    public DapClient Editor()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(Endpoint + ".dap"));
        var stream = new NetworkStream(socket, ownsSocket: true);
        return new DapClient(stream, stream);
    }

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited) Process.Kill();
        await Process.WaitForExitAsync();
        Process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
