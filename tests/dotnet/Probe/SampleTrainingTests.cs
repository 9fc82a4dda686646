using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using MoeDevtools.Tests.House;
using MoeDevtools.Tests.Servers;

namespace MoeDevtools.Tests.Probe;

/// <summary>samples/dotnet-training under the debugger: the built program, its own stdout, a real daemon.</summary>
public sealed class SampleTrainingTests : IDisposable
{
    private static readonly string Program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "MoeTraining", new DirectoryInfo(AppContext.BaseDirectory).Name, "MoeDevtools.MoeTraining.dll"));
    private static readonly string Source = Path.Combine(Repository.Root, "samples", "dotnet-training", "MoeLayer.cs");
    private static readonly int Line = 1 + Array.FindIndex(File.ReadAllLines(Source), line => line.Contains("_router.Observe(", StringComparison.Ordinal));

    private readonly string _folder = Directory.CreateTempSubdirectory("moe-sample-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Losses_AreTheSameBitForBit_AndFall_WithARouterHeldAndRecorded()
    {
        var (plain, _, code) = await RunAsync([Program, "--steps", "80"]);
        Assert.Equal(0, code);
        var (debugged, _, _) = await DebugAsync(["--break", $"{Source}:{Line} if maxVio > 0.3", "--filter", "router_collapse", "--record", Path.Combine(_folder, "a.moetrace")], ["--steps", "80"]);
        Assert.Equal(plain, debugged);
        var events = Events();
        Assert.NotEmpty(Of(events, "stop"));
        Assert.All(Of(events, "end").Single().GetProperty("routers").EnumerateArray(), router => Assert.Equal(80 * 256 + 256, router.GetProperty("tokens").GetInt32()));
        var losses = plain.Split('\n').Where(line => line.StartsWith("step ", StringComparison.Ordinal)).Select(line => double.Parse(line.Split(' ')[3])).ToList();
        Assert.InRange(losses[0], 4, 4.5);
        Assert.InRange(losses[79], 1, 1.6);
    }

    [Fact]
    public async Task ALine_StopsBothOfItsRouters_InTheirOrder()
    {
        await DebugAsync(["--break", $"{Source}:{Line} if step == 3"], ["--steps", "4"]);
        Assert.Equal(
            [(3, "layers.0.moe.gate"), (3, "layers.1.moe.gate")], Of(Events(), "stop").Select(stop => (stop.GetProperty("step").GetInt32(), stop.GetProperty("router").GetString()!)));
        var (_, errors, code) = await DebugAsync(["--break", $"{Source}:{Line + 20}"], ["--steps", "1"]);
        Assert.NotEqual(0, code);
        Assert.Contains("MOE5139", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AChange_ReachesTheRunningStep()
    {
        var (plain, _, _) = await RunAsync([Program, "--steps", "4"]);
        var commands = Path.Combine(_folder, "commands");
        await File.WriteAllTextAsync(commands, "always mask 0\n");
        var (changed, _, code) = await DebugAsync(["--break", $"{Source}:{Line} if step == 3 && layer == 0", "--commands", commands], ["--steps", "4"]);
        Assert.Equal(0, code);
        Assert.Equal(plain.Split('\n')[..2], changed.Split('\n')[..2]);
        Assert.NotEqual(plain.Split('\n')[2], changed.Split('\n')[2]);
    }

    [Fact]
    public async Task ACollapse_FailsTheGate_WhileTheLossStillFalls_AndAHealthyRunDoesNot()
    {
        var (output, _, code) = await DebugAsync(["--fail-on", "router_collapse"], ["--collapse", "--steps", "60"]);
        Assert.Equal(1, code);
        Assert.Contains("evaluation loss 1.", output, StringComparison.Ordinal);
        Assert.All(Of(Events(), "anomaly"), anomaly => Assert.Equal("router_collapse", anomaly.GetProperty("id").GetString()));
        Assert.Equal(0, (await DebugAsync(["--fail-on", "router_collapse"], ["--steps", "60"])).Code);
    }

    [Fact]
    public async Task AKilledDaemon_IsSaidOnce_AndTheTrainingGoesOn_AndMayBeAttachedTo()
    {
        using var daemon = Start([Path.Combine(AppContext.BaseDirectory, "moe-devtools.dll"), "run-training", "--", "dotnet", Program, "--steps", "400"]);
        var errors = daemon.StandardError.ReadToEndAsync();
        while (!(await daemon.StandardOutput.ReadLineAsync())!.StartsWith("step 5 ", StringComparison.Ordinal))
        {
        }
        daemon.Kill();
        var rest = await daemon.StandardOutput.ReadToEndAsync();        // the training's own, which goes on
        Assert.Contains("evaluation loss 1.", rest, StringComparison.Ordinal);
        Assert.Equal(1, (await errors).Split('\n').Count(line => line == "moe-devtools: the daemon is gone. The training goes on, and can be attached to."));
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "moe-devtools")));
    }

    [Fact]
    public async Task TheDebugAdapter_BindsTheLine_StopsThere_AndSteps()
    {
        await using var editor = DapClient.Start(_folder);
        editor.Get("initialize", new() { ["adapterID"] = "moe", ["linesStartAt1"] = true, ["columnsStartAt1"] = true, ["pathFormat"] = "path" });
        var pending = editor.Get("setBreakpoints", new()
        {
            ["source"] = new JsonObject { ["path"] = Source }, ["breakpoints"] = new JsonArray(new JsonObject { ["line"] = Line, ["condition"] = "step == 2 && layer == 0" }),
        }).GetProperty("breakpoints")[0];
        Assert.False(pending.GetProperty("verified").GetBoolean());
        var launch = editor.Send("launch", new() { ["type"] = "moe", ["command"] = new JsonArray("dotnet", Program, "--steps", "3"), ["cwd"] = _folder });
        editor.Get("configurationDone");
        var answer = editor.Response(launch);
        Assert.True(answer.GetProperty("success").GetBoolean(), answer.ToString());
        var told = editor.Event("breakpoint").GetProperty("breakpoint");
        while (!told.GetProperty("verified").GetBoolean()) told = editor.Event("breakpoint").GetProperty("breakpoint");     // what the line looks like is said first
        Assert.Equal((pending.GetProperty("id").GetInt32(), true, Line), (told.GetProperty("id").GetInt32(), told.GetProperty("verified").GetBoolean(), told.GetProperty("line").GetInt32()));

        Assert.Equal("breakpoint", editor.Event("stopped").GetProperty("reason").GetString());
        var frames = Frames(editor);
        Assert.Equal((Source, Line), (frames[0].GetProperty("source").GetProperty("path").GetString(), frames[0].GetProperty("line").GetInt32()));
        Assert.Contains("layers.0.moe.gate", frames[1].GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.Contains("step 2 (train)", frames[2].GetProperty("name").GetString(), StringComparison.Ordinal);
        editor.Get("next", new() { ["threadId"] = 1 });
        editor.Event("stopped");
        Assert.Contains("layers.1.moe.gate", Frames(editor)[1].GetProperty("name").GetString(), StringComparison.Ordinal);
        editor.Get("continue", new() { ["threadId"] = 1 });
        Assert.Equal(0, editor.Event("exited").GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public async Task ATrainingThatRuns_IsJoined_StaysHeldWhereTheDebuggerLeftIt_AndIsJoinedAgain()
    {
        using var training = Start([Program, "--steps", "1000000"]);
        try
        {
            while (!(await training.StandardOutput.ReadLineAsync())!.StartsWith("step 5 ", StringComparison.Ordinal))
            {
            }
            _ = training.StandardOutput.ReadToEndAsync();
            var left = await JoinAsync(training.Id, suspend: true);
            Assert.InRange(await JoinAsync(training.Id, suspend: false), left, left + 1);
            Assert.False(training.HasExited);
        }
        finally
        {
            training.Kill();
        }
    }

    /// <summary>The step of the first stop of a session that joins the training and leaves it there.</summary>
    private async Task<int> JoinAsync(int process, bool suspend)
    {
        await using var editor = DapClient.Start(_folder);
        editor.Get("initialize", new() { ["adapterID"] = "moe", ["linesStartAt1"] = true, ["columnsStartAt1"] = true, ["pathFormat"] = "path" });
        editor.Get("setBreakpoints", new() { ["source"] = new JsonObject { ["path"] = Source }, ["breakpoints"] = new JsonArray(new JsonObject { ["line"] = Line }) });
        editor.Send("attach", new() { ["type"] = "moe", ["address"] = $"unix:{_folder}/moe-devtools/{process}.sock" });
        editor.Get("configurationDone");
        editor.Event("stopped");
        var step = Frames(editor)[2].GetProperty("name").GetString()!;
        editor.Get("disconnect", new() { ["suspendDebuggee"] = suspend });
        return int.Parse(step.Split(' ')[1]);
    }

    private static List<JsonElement> Frames(DapClient editor) => [.. editor.Get("stackTrace", new() { ["threadId"] = 1 }).GetProperty("stackFrames").EnumerateArray()];

    private static IEnumerable<JsonElement> Of(IEnumerable<JsonElement> events, string kind) => events.Where(line => line.GetProperty("kind").GetString() == kind);

    private List<JsonElement> Events() => [.. File.ReadLines(Path.Combine(_folder, "events.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    private Task<(string Output, string Errors, int Code)> DebugAsync(string[] options, string[] arguments) =>
        RunAsync([Path.Combine(AppContext.BaseDirectory, "moe-devtools.dll"), "run-training", .. options, .. options.Contains("--commands") ? [] : (string[])["--json-to", Path.Combine(_folder, "events.jsonl")], "--", "dotnet", Program, .. arguments]);

    private async Task<(string Output, string Errors, int Code)> RunAsync(string[] words)
    {
        using var process = Start(words);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (await output, await errors, process.ExitCode);
    }

    private Process Start(string[] words)
    {
        var start = new ProcessStartInfo("dotnet", words) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["XDG_CACHE_HOME"], start.Environment["XDG_RUNTIME_DIR"], start.Environment["XDG_STATE_HOME"]) = (_folder, _folder, _folder);
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}
