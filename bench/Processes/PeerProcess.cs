using System.ComponentModel;
using System.Diagnostics;

namespace MoeDevtools.Bench.Processes;

/// <summary>A program of <c>bench/peers</c> that clocks itself: it prints a line when it is ready, and then one for each that it is given.</summary>
internal sealed class PeerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Process _process;

    private PeerProcess(Process process)
    {
        _process = process;
        Greeting = ReadLine();
    }

    /// <summary>Its first line.</summary>
    public string Greeting { get; }

    /// <summary>Null where <paramref name="program"/> is not on this machine.</summary>
    public static PeerProcess? Start(string program, params IEnumerable<string> arguments)
    {
        try
        {
            return new PeerProcess(Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    public string Ask(string line)
    {
        _process.StandardInput.WriteLine(line);
        return ReadLine();
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(Patience)) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private string ReadLine() => _process.StandardOutput.ReadLine()
        ?? throw new InvalidOperationException($"{_process.StartInfo.FileName} {_process.StartInfo.ArgumentList[0]} ended; its error is above");
}
