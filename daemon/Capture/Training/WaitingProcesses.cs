using System.Globalization;
using System.Text.Json;
using MoeDevtools.Messages;
using MoeDevtools.Wire;

namespace MoeDevtools.Capture.Training;

/// <summary>The processes of this user that can be attached to: probes leave a description beside their socket (docs/probe-protocol.md, Meeting). Any thread.</summary>
public static class WaitingProcesses
{
    /// <summary>In the order of their numbers. Descriptions of processes that are gone are deleted.</summary>
    public static IReadOnlyList<WaitingProcess> List() =>
        [.. Folders().Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "*.json")).Select(Read).OfType<WaitingProcess>().DistinctBy(process => process.ProcessId).OrderBy(process => process.ProcessId)];

    /// <summary>All ranks of the training that <paramref name="which"/> belongs to, by rank.</summary>
    /// <param name="which">The number of a process, or an address.</param>
    /// <exception cref="UserError">It cannot be attached to.</exception>
    public static IReadOnlyList<WaitingProcess> Find(string which)
    {
        var all = List();
        if (!int.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            var at = all.FirstOrDefault(process => process.Address == which);
            if (at is not null) return RanksOf(at, all);
            return which.StartsWith("unix:", StringComparison.Ordinal) ? [new WaitingProcess { Address = which, ProcessId = 0, Command = which, Folder = "" }]
                : throw new UserError("MOE5124", $"{which} is neither a process nor an address of one that waits.", $"Give the number of a process, or unix:PATH. moe-devtools attach lists what waits.");
        }
        if (all.FirstOrDefault(process => process.ProcessId == number) is { } found) return RanksOf(found, all);
        throw ProcessState.Exists(number)
            ? new UserError("MOE5125", $"process {number} runs without the probe, and a Python before 3.14 lets nobody in later.",
                $"Start it anew: moe-devtools run-training -- python train.py; or with moe_devtools.attach(model) in it; or with MOE_DEVTOOLS_PROBE=listen and PYTHONPATH={PythonProbe.Environment(null).Value}.")
            : new UserError("MOE5126", $"there is no process {number}.", $"moe-devtools attach lists what waits.");
    }

    private static IReadOnlyList<WaitingProcess> RanksOf(WaitingProcess one, IReadOnlyList<WaitingProcess> all)
    {
        if (one.WorldSize == 1) return [one];
        var ranks = all.Where(process => process.Run == one.Run && process.WorldSize == one.WorldSize).DistinctBy(process => process.Rank).OrderBy(process => process.Rank).ToList();
        var missing = Enumerable.Range(0, one.WorldSize).Except(ranks.Select(process => process.Rank)).ToList();
        return missing.Count == 0 ? ranks
            : throw new UserError("MOE5127", $"of the {one.WorldSize} ranks of this training these do not wait: {string.Join(", ", missing)}.", $"Start every rank with the probe: the ranks of a training are debugged together.");
    }

    /// <summary>Where probes may have left descriptions: the environment of a program need not be that of this process.</summary>
    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime) yield return Path.Combine(runtime, "moe-devtools");
        if (OperatingSystem.IsWindows())
        {
            yield return Path.Combine(Path.GetTempPath(), "moe-devtools-" + Environment.UserName);
            yield break;
        }
        var user = SystemCalls.GetUserId().ToString(CultureInfo.InvariantCulture);
        yield return $"/run/user/{user}/moe-devtools";
        yield return Path.Combine(Path.GetTempPath(), "moe-devtools-" + user);
    }

    private static WaitingProcess? Read(string file)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            var described = new ProbeJson(json.RootElement);
            var process = described.NeedInt("pid");
            if (!ProcessState.Exists(process))
            {
                File.Delete(file);
                File.Delete(Path.ChangeExtension(file, ".sock"));
                return null;
            }
            return new WaitingProcess
            {
                Address = described.Need("address"),
                Token = described.Text("token"),
                ProcessId = process,
                Command = string.Join(' ', described.Texts("args").Prepend(described.Text("program") ?? "")),
                Folder = described.Text("cwd") ?? "",
                Rank = described.Int("rank") ?? 0,
                WorldSize = Math.Max(1, described.Int("worldSize") ?? 1),
                Run = described.Text("run"),
                Debugger = ProcessState.Holder(process) ?? described.Text("debugger"),
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or FramingException)
        {
            return null;            // it is being written, or is none
        }
    }
}
