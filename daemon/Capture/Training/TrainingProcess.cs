using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using MoeDevtools.Messages;

namespace MoeDevtools.Capture.Training;

/// <summary>A training program that was started here. Any thread.</summary>
public sealed class TrainingProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private volatile bool _isEnded;

    private TrainingProcess(Process process, Task? outputs)
    {
        _process = process;
        HasOwnOutput = outputs is null;
        Exited = ExitAsync(outputs ?? Task.CompletedTask);
    }

    /// <summary>Its stdout and stderr are those of this process; otherwise they end with this process.</summary>
    public bool HasOwnOutput { get; }

    /// <summary>Its exit code, once it has ended and its output was handed on; 128 and the signal where one ended it.</summary>
    public Task<int> Exited { get; }

    /// <summary>It has ended, and nobody here asked it to.</summary>
    public bool EndedByItself => Exited.IsCompleted && !_isEnded;

    /// <param name="words">The command and its arguments; the command is looked for as a shell does.</param>
    /// <param name="folder">Where it runs; null = here.</param>
    /// <param name="environment">Variables over those of this process; null takes one away. The Python probe is added.</param>
    /// <param name="output">Gets its stdout and stderr as they come, not cut at lines, on any thread; null = both, and stdin, are those of this process.</param>
    /// <exception cref="UserError">It cannot be started.</exception>
    public static TrainingProcess Start(IReadOnlyList<string> words, string? folder, IEnumerable<(string Name, string? Value)> environment, Action<string, bool>? output = null)
    {
        var start = new ProcessStartInfo { WorkingDirectory = folder ?? "" };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var probe = PythonProbe.Environment(start.Environment.TryGetValue("PYTHONPATH", out var path) ? path : null);
        start.Environment[probe.Name] = probe.Value;
        start.FileName = Find(words[0], folder, start.Environment.TryGetValue("PATH", out var folders) ? folders : null);
        foreach (var word in words.Skip(1)) start.ArgumentList.Add(word);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = output is not null;
        try
        {
            var process = Process.Start(start)!;
            if (output is null) return new TrainingProcess(process, null);
            process.StandardInput.Close();
            return new TrainingProcess(process, Task.WhenAll(PumpAsync(process.StandardOutput, text => output(text, false)), PumpAsync(process.StandardError, text => output(text, true))));
        }
        catch (Win32Exception error)
        {
            throw new UserError("MOE5112", $"{start.FileName} cannot be started: {error.Message}", $"Start it once without moe-devtools: it must be a program of this system.", error);
        }
    }

    /// <summary>As Ctrl-C at its terminal. Where there are no signals nothing happens.</summary>
    public void Interrupt() => Signal(PosixSignal.SIGINT);

    /// <summary>Asks it to end, once (SIGTERM). Where there are no signals nothing happens.</summary>
    public void AskToEnd()
    {
        if (_isEnded || Exited.IsCompleted) return;
        _isEnded = true;
        Signal(PosixSignal.SIGTERM);
    }

    /// <summary>Asks it to end; what is there of it and of its children after some seconds is killed.</summary>
    public void End()
    {
        if (Exited.IsCompleted) return;
        AskToEnd();
        if (!OperatingSystem.IsWindows() && Exited.Wait(Patience)) return;
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended meanwhile.
        }
        Exited.Wait(Patience);
    }

    /// <summary>Ends it, if it runs.</summary>
    public void Dispose()
    {
        End();
        if (Exited.IsCompleted) _process.Dispose();
    }

    /// <summary>A name without a folder is looked for in the folders of PATH, anything else in the folder in which it runs.</summary>
    private static string Find(string command, string? folder, string? path)
    {
        string[] endings = OperatingSystem.IsWindows() && !Path.HasExtension(command) ? [".exe", ".cmd", ".bat"] : [""];
        var isPath = command.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) || command.Contains(Path.AltDirectorySeparatorChar, StringComparison.Ordinal);
        var folders = isPath ? [Path.GetFullPath(folder ?? ".")] : (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var found = folders.SelectMany(place => endings.Select(ending => Path.Combine(place, command + ending))).Where(File.Exists).ToList();
        if (found.Find(IsExecutable) is { } file) return file;
        throw found.Count > 0
            ? new UserError("MOE5111", $"{found[0]} is no program that may be run.", $"Start its interpreter: python {command}; or make it executable: chmod +x {command}.")
            : new UserError("MOE5113", $"there is no command {command}.", $"Give a program that is in PATH, or the path of one: python3 train.py, ./run.sh, torchrun --nproc_per_node 2 train.py.");
    }

    private static bool IsExecutable(string file) =>
        OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;

    private static async Task PumpAsync(StreamReader reader, Action<string> output)
    {
        var buffer = new char[4096];
        for (int read; (read = await reader.ReadAsync(buffer).ConfigureAwait(false)) > 0;) output(new string(buffer, 0, read));
    }

    private async Task<int> ExitAsync(Task outputs)
    {
        // Not WaitForExitAsync: a child that outlives the program may hold its stdout for ever.
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.Exited += (_, _) => ended.TrySetResult();
        _process.EnableRaisingEvents = true;
        await ended.Task.ConfigureAwait(false);
        await Task.WhenAny(outputs, Task.Delay(TimeSpan.FromSeconds(2))).ConfigureAwait(false);
        return _process.ExitCode;
    }

    private void Signal(PosixSignal signal)
    {
        if (OperatingSystem.IsWindows() || Exited.IsCompleted) return;
        _ = SystemCalls.Kill(_process.Id, signal == PosixSignal.SIGINT ? 2 : 15);
    }
}
