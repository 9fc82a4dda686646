using System.ComponentModel;
using System.Diagnostics;

namespace MoeDevtools.Host.Verbs.Doctor;

/// <summary>Programs of the person that we work with but do not need.</summary>
internal static class ToolChecks
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20); // a cold import of torch from a network disk

    public static Check Python(CancellationToken cancel)
    {
        const string Ask = "import sys; print('Python', sys.version.split()[0])\ntry:\n import torch; print('torch', torch.__version__)\nexcept ImportError: print('without torch')";
        string? answer = Output("python3", ["-c", Ask], cancel);
        return answer switch
        {
            null => new Check($"python", Severity.Warn, $"python3 does not answer", $"Needed only to debug PyTorch training: install Python 3 and torch where the training runs."),
            _ when answer.Contains("without torch", StringComparison.Ordinal) =>
                new Check($"python", Severity.Warn, $"{answer.Split('\n')[0].Trim()}, without torch", $"Needed only to debug PyTorch training: activate the training's environment, or install torch."),
            _ => new Check($"python", Severity.Ok, $"{Joined(answer)}"),
        };
    }

    public static Check VsCode(CancellationToken cancel) => Output(OperatingSystem.IsWindows() ? "code.cmd" : "code", ["--version"], cancel) is { } answer
        ? new Check($"vs code", Severity.Ok, $"version {answer.Split('\n')[0].Trim()}")
        : new Check($"vs code", Severity.Info, $"no \"code\" on the PATH; the terminal needs none");

    private static string Joined(string lines) => string.Join(", ", lines.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    /// <summary>stdout of a program; null where it is missing, fails or does not answer in time.</summary>
    private static string? Output(string program, string[] arguments, CancellationToken cancel)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(Patience);
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            process.ErrorDataReceived += (_, _) => { }; // read, so that a talkative program is not blocked
            process.BeginErrorReadLine();
            try
            {
                string answer = process.StandardOutput.ReadToEndAsync(timeout.Token).GetAwaiter().GetResult();
                process.WaitForExitAsync(timeout.Token).GetAwaiter().GetResult();
                return process.ExitCode == 0 && answer.Length > 0 ? answer : null;
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                cancel.ThrowIfCancellationRequested();
                return null;
            }
        }
        catch (Win32Exception)
        {
            return null; // not on the PATH
        }
    }
}
