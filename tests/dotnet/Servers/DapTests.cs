using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Servers;

/// <summary><c>moe-devtools dap --stdio</c> as an editor drives it, over the sample model.</summary>
public sealed class DapTests : IAsyncLifetime
{
    private readonly string _cache = Directory.CreateTempSubdirectory().FullName;
    private readonly DapClient _client;

    public DapTests() => _client = DapClient.Start(_cache);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        Directory.Delete(_cache, recursive: true);
    }

    [Fact]
    public void Launch_IsAnsweredAfterConfigurationDone_AndStopsAtAFunctionBreakpoint()
    {
        _client.Get("initialize", new() { ["adapterID"] = "moe" });
        var launch = _client.Send("launch", DapClient.Configuration(null));
        _client.Event("initialized");
        var set = _client.Get("setFunctionBreakpoints", Breakpoints(new JsonObject { ["name"] = "L3 if position > 4 && entropy < 0.2" })).GetProperty("breakpoints")[0];
        Assert.Equal("binds 1 router", set.GetProperty("message").GetString());
        Assert.DoesNotContain(_client.Passed, m => DapClient.Text(m, "command") == "launch");

        _client.Get("configurationDone");
        Assert.True(_client.Response(launch).GetProperty("success").GetBoolean());
        var stopped = _client.Event("stopped");

        Assert.Equal("function breakpoint", stopped.GetProperty("reason").GetString());
        Assert.Equal("position > 4 && entropy < 0.2 (position was 5, entropy was 0.06665)", stopped.GetProperty("text").GetString());
        Assert.Equal(set.GetProperty("id").GetInt32(), Assert.Single(stopped.GetProperty("hitBreakpointIds").EnumerateArray()).GetInt32());
    }

    [Fact]
    public void BreakpointsBeforeTheLaunch_ArePending_AndAreToldWhenTheyBind()
    {
        _client.Get("initialize", new() { ["adapterID"] = "moe" });
        _client.Event("initialized");
        var pending = _client.Get("setFunctionBreakpoints", Breakpoints(new JsonObject { ["name"] = "L1" })).GetProperty("breakpoints")[0];
        Assert.Equal((false, "pending"), (pending.GetProperty("verified").GetBoolean(), pending.GetProperty("reason").GetString()));
        _client.Get("configurationDone");

        var launch = _client.Send("launch", DapClient.Configuration(null));

        var changed = _client.Event("breakpoint").GetProperty("breakpoint");
        Assert.Equal((pending.GetProperty("id").GetInt32(), true), (changed.GetProperty("id").GetInt32(), changed.GetProperty("verified").GetBoolean()));
        Assert.True(_client.Response(launch).GetProperty("success").GetBoolean());
        Assert.Equal("function breakpoint", _client.Event("stopped").GetProperty("reason").GetString());
    }

    [Fact]
    public void Listing_TakesBreakpointsOnRouterLines_AndNamesTheNearestElsewhere()
    {
        _client.LaunchToStop(new() { ["stopOnEntry"] = true });
        var path = Listing();
        var lines = File.ReadAllLines(path);
        var router = Array.FindIndex(lines, l => l.StartsWith("model.layers.2.mlp.gate", StringComparison.Ordinal)) + 1;
        Assert.True(File.GetAttributes(path).HasFlag(FileAttributes.ReadOnly));

        var set = SetBreakpoints(path, new JsonObject { ["line"] = router, ["condition"] = "position == 3" }, new JsonObject { ["line"] = router - 3 }, new JsonObject { ["line"] = router, ["condition"] = "entropy <" });

        Assert.Equal((true, router), (set[0].GetProperty("verified").GetBoolean(), set[0].GetProperty("line").GetInt32()));
        Assert.Equal("failed", set[1].GetProperty("reason").GetString());
        Assert.Contains($"nearest: {router} \"model.layers.2.mlp.gate\"", set[1].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("column", set[2].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("no router is called or written in this file", SetBreakpoints("/train.py", new JsonObject { ["line"] = 3 })[0].GetProperty("message").GetString(), StringComparison.Ordinal);
        var locations = _client.Get("breakpointLocations", new() { ["source"] = new JsonObject { ["path"] = path }, ["line"] = 1, ["endLine"] = lines.Length });
        Assert.Equal(4, locations.GetProperty("breakpoints").GetArrayLength());

        _client.Get("continue", new() { ["threadId"] = 1 });
        Assert.Equal(set[0].GetProperty("id").GetInt32(), _client.Event("stopped").GetProperty("hitBreakpointIds")[0].GetInt32());
    }

    [Fact]
    public async Task Replay_PointsAtTheListingOfItsCheckpoint_WhereBreakpointsBind()
    {
        var trace = Path.Combine(_cache, "a.moetrace");
        _client.LaunchToStop(new() { ["stopOnEntry"] = true, ["record"] = trace });
        var path = Listing();
        var line = Array.FindIndex(File.ReadAllLines(path), l => l.StartsWith("model.layers.2.mlp.gate", StringComparison.Ordinal)) + 1;
        _client.Get("continue", new() { ["threadId"] = 1 });
        _client.Event("terminated");
        _client.Get("disconnect");

        await using var replay = DapClient.Start(_cache);
        replay.Get("initialize", new() { ["adapterID"] = "moe" });
        var launch = replay.Send("launch", new JsonObject { ["type"] = "moe", ["request"] = "launch", ["trace"] = trace });
        replay.Event("initialized");
        var set = replay.Get("setBreakpoints", new() { ["source"] = new JsonObject { ["path"] = path }, ["breakpoints"] = new JsonArray(new JsonObject { ["line"] = line }) }).GetProperty("breakpoints")[0];
        replay.Get("configurationDone");
        Assert.True(replay.Response(launch).GetProperty("success").GetBoolean());

        Assert.Equal(set.GetProperty("id").GetInt32(), replay.Event("stopped").GetProperty("hitBreakpointIds")[0].GetInt32());
        var frame = replay.Get("stackTrace", new() { ["threadId"] = 1 }).GetProperty("stackFrames")[0];
        Assert.Equal((path, line), (frame.GetProperty("source").GetProperty("path").GetString(), frame.GetProperty("line").GetInt32()));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
        replay.Get("disconnect");
    }

    [Theory]
    [InlineData("decision", new[] { 3, 5, 6 })]
    [InlineData("batch", new[] { 3 })]
    [InlineData(null, new[] { 3 })]
    public void AnomalyFilter_StopsAtEachRowOrOnceABatch_AsItsModeSays(string? mode, int[] rows)
    {
        var trace = Path.Combine(_cache, "nan.moetrace");
        Traces.Formats.Recording.Run(trace, "samples/olmoe-tiny", ["One morning, Anna went to the garden"], change: batch =>
        {
            if (batch.Router.Index != 1) return;
            foreach (var row in (int[])[3, 5, 6]) batch.LogitsOf(row).Fill(float.NaN);
        });
        _client.Get("initialize", new() { ["adapterID"] = "moe" });
        var launch = _client.Send("launch", new JsonObject { ["type"] = "moe", ["request"] = "launch", ["trace"] = trace });
        _client.Event("initialized");
        var options = new[] { "nan_logits", "router_collapse" }.Select(id => new JsonObject { ["filterId"] = id, ["mode"] = mode }).ToArray<JsonNode>();
        _client.Get("setExceptionBreakpoints", new() { ["filters"] = new JsonArray(), ["filterOptions"] = new JsonArray(options) });
        _client.Get("configurationDone");
        Assert.True(_client.Response(launch).GetProperty("success").GetBoolean());

        foreach (var row in rows)
        {
            Assert.Equal("exception", _client.Event("stopped").GetProperty("reason").GetString());
            Assert.Equal(row.ToString(CultureInfo.InvariantCulture), Evaluate("row"));
            _client.Get("continue", new() { ["threadId"] = 1 });
        }
        Assert.Equal("end", _client.Event("stopped").GetProperty("reason").GetString());
        for (var i = rows.Length - 1; i >= 0; i--)
        {
            _client.Get("reverseContinue", new() { ["threadId"] = 1 });
            Assert.Equal("exception", _client.Event("stopped").GetProperty("reason").GetString());
            Assert.Equal(rows[i].ToString(CultureInfo.InvariantCulture), Evaluate("row"));
        }
        var told = _client.Get("setExceptionBreakpoints", new() { ["filters"] = new JsonArray(), ["filterOptions"] = new JsonArray([.. options.Select(o => o.DeepClone())]) }).GetProperty("breakpoints");
        Assert.All(told.EnumerateArray(), each => Assert.True(each.GetProperty("verified").GetBoolean()));
        Assert.False(told[0].TryGetProperty("message", out _));
        Assert.Equal(mode == "decision", told[1].TryGetProperty("message", out _));
        var unknown = _client.Get("setExceptionBreakpoints", new() { ["filters"] = new JsonArray(), ["filterOptions"] = new JsonArray(new JsonObject { ["filterId"] = "nan_logits", ["mode"] = "row" }) }).GetProperty("breakpoints")[0];
        Assert.False(unknown.GetProperty("verified").GetBoolean());
        Assert.StartsWith("MOE7028", unknown.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Breakpoints_SentAgain_KeepTheirIds_AndAnEmptyListClears()
    {
        _client.LaunchToStop(new() { ["stopOnEntry"] = true });
        var first = _client.Get("setFunctionBreakpoints", Breakpoints(new JsonObject { ["name"] = "L1" }, new JsonObject { ["name"] = "L2" })).GetProperty("breakpoints");
        var again = _client.Get("setFunctionBreakpoints", Breakpoints(new JsonObject { ["name"] = "L2", ["condition"] = "entropy < 0.1" }, new JsonObject { ["name"] = "L3" }, new JsonObject { ["name"] = "L1" })).GetProperty("breakpoints");

        Assert.Equal(first[1].GetProperty("id").GetInt32(), again[0].GetProperty("id").GetInt32());
        Assert.Equal(first[0].GetProperty("id").GetInt32(), again[2].GetProperty("id").GetInt32());
        Assert.Equal(0, _client.Get("setFunctionBreakpoints", Breakpoints()).GetProperty("breakpoints").GetArrayLength());
        _client.Get("continue", new() { ["threadId"] = 1 });
        _client.Event("terminated");
    }

    [Fact]
    public void Logpoint_NeverStops_AndSaysWhereItIs()
    {
        _client.LaunchToStop(new() { ["stopOnEntry"] = true });
        var path = Listing();
        var line = Array.FindIndex(File.ReadAllLines(path), l => l.StartsWith("model.layers.1.mlp.gate", StringComparison.Ordinal)) + 1;
        SetBreakpoints(path, new JsonObject { ["line"] = line, ["logMessage"] = "row {row}", ["condition"] = "row == 3" });
        _client.Event("output");
        _client.Get("continue", new() { ["threadId"] = 1 });
        _client.Event("terminated");

        var output = _client.Passed.Select(m => m.TryGetProperty("body", out var body) ? body : default).Single(b => b.ValueKind == JsonValueKind.Object && DapClient.Text(b, "output") == "row 3\n");
        Assert.Equal((line, path), (output.GetProperty("line").GetInt32(), output.GetProperty("source").GetProperty("path").GetString()));
    }

    [Fact]
    public void ManyLogLines_AreCounted()
    {
        _client.LaunchToStop(new() { ["stopOnEntry"] = true, ["logs"] = new JsonArray("*: row {row}") }, null);
        _client.Get("continue", new() { ["threadId"] = 1 });
        _client.Event("terminated");

        var outputs = _client.Passed.Where(m => DapClient.Text(m, "event") == "output").Select(m => m.GetProperty("body").GetProperty("output").GetString()!).ToList();
        var shown = outputs.Count(o => o.StartsWith("row ", StringComparison.Ordinal));
        var counted = outputs.Where(o => o.EndsWith(" similar\n", StringComparison.Ordinal)).Sum(o => int.Parse(o[1..].Split(' ')[0], NumberStyles.Any, CultureInfo.InvariantCulture));
        Assert.Equal(4 * (24 + 7), shown + counted);
        Assert.True(counted > 0, string.Concat(outputs));
    }

    [Fact]
    public void SetVariable_ChangesTheDecision_AndReadsBackTheSame()
    {
        _client.LaunchToStop(new() { ["breakpoints"] = new JsonArray("L3 if position > 4 && entropy < 0.2") });
        var decision = _client.Scope("Decision");
        var experts = _client.Variable(decision, "experts").GetProperty("variablesReference").GetInt32();

        foreach (var (expert, weight) in new[] { ("E15", "0.5"), ("E12", "0.7"), ("E15", "0.25") })
        {
            var set = _client.Get("setVariable", new() { ["variablesReference"] = experts, ["name"] = expert, ["value"] = weight }).GetProperty("value").GetString();
            _client.Event("invalidated");
            Assert.StartsWith(weight, set, StringComparison.Ordinal);
            Assert.Equal(set, _client.Variable(experts, expert).GetProperty("value").GetString());
        }
        Assert.StartsWith("E0 0.973 · E12 0.7 · E15 0.25", _client.Variable(decision, "experts").GetProperty("value").GetString(), StringComparison.Ordinal);

        Assert.StartsWith("MOE7020", _client.Refusal("setVariable", new() { ["variablesReference"] = decision, ["name"] = "entropy", ["value"] = "1" }), StringComparison.Ordinal);
        Assert.Equal("3", _client.Get("setVariable", new() { ["variablesReference"] = decision, ["name"] = "k", ["value"] = "3" }).GetProperty("value").GetString());
        Assert.StartsWith("E0 0.973 · E12 0.7 · E15 0.25", _client.Variable(decision, "experts").GetProperty("value").GetString(), StringComparison.Ordinal);
        Assert.Equal("9.5", _client.Get("setExpression", new() { ["expression"] = "router_logits[3]", ["value"] = "9.5" }).GetProperty("value").GetString());
        Assert.Equal("9.5", _client.Get("evaluate", new() { ["expression"] = "router_logits[3]", ["context"] = "watch" }).GetProperty("result").GetString());
    }

    [Fact]
    public void Variables_ArePagedAndStable_AndOldReferencesAreRefused()
    {
        _client.LaunchToStop(new() { ["stopOnEntry"] = true });
        var decision = _client.Scope("Decision");
        Assert.Equal(decision, _client.Scope("Decision"));
        var logits = _client.Variable(decision, "router_logits");
        var reference = logits.GetProperty("variablesReference").GetInt32();
        var all = Shown(_client.Variables(reference));
        Assert.Equal(16, all.Count);
        Assert.Equal(16, logits.GetProperty("indexedVariables").GetInt32());
        var pages = Enumerable.Range(0, 4).SelectMany(i => _client.Variables(reference, new() { ["filter"] = "indexed", ["start"] = 5 * i, ["count"] = 5 }));
        Assert.Equal(all, Shown(pages));
        Assert.Empty(_client.Variables(reference, new() { ["start"] = 16, ["count"] = 1_000_000 }));
        Assert.Equal(16, _client.Variables(reference, new() { ["count"] = 1_000_000 }).Count);
        Assert.Empty(_client.Variables(reference, new() { ["filter"] = "named" }));
        var names = Shown(_client.Variables(decision)).ConvertAll(v => v.Name);
        var copy = _client.Get("evaluate", new() { ["expression"] = "router_logits", ["context"] = "repl" }).GetProperty("variablesReference").GetInt32();

        _client.Get("next", new() { ["threadId"] = 1 });
        _client.Event("stopped");

        Assert.StartsWith("MOE7010", _client.Refusal("variables", new() { ["variablesReference"] = decision }), StringComparison.Ordinal);
        Assert.Equal(all, Shown(_client.Variables(copy)));
        Assert.Equal(names, Shown(_client.Variables(_client.Scope("Decision"))).ConvertAll(v => v.Name));
    }

    [Fact]
    public void Variables_WhereExpertsAreLookedUp_SayThatNothingIsRanked()
    {
        _client.LaunchToStop(OverIds("deepseek_v4"));
        var shown = Shown(_client.Variables(_client.Scope("Decision"))).ToDictionary();
        foreach (var name in new[] { "selectionMargin", "top1Margin", "selection_scores" })
            Assert.Equal("undefined: its experts are looked up by token id, and nothing is ranked", shown[name]);
        Assert.StartsWith("[12 experts]", shown["router_scores"], StringComparison.Ordinal);
        Assert.StartsWith("[3 slots]", shown["routing_weights"], StringComparison.Ordinal);
        Assert.StartsWith("by token id, sqrt-softplus of each", _client.Variable(_client.Scope("Router"), "rule").GetProperty("value").GetString(), StringComparison.Ordinal);
        var own = shown["experts"].Split(' ')[0];
        Assert.StartsWith("change 1: model.layers.0.ffn.gate: mask", Evaluate($"mask {own[1..]}"), StringComparison.Ordinal);
        Assert.EndsWith(" · –", _client.Variable(_client.Scope("Decision"), "experts").GetProperty("value").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Variables_OfZeroExperts_AreNamedAndHaveNoLoad()
    {
        _client.LaunchToStop(OverIds("longcat_flash"));
        var router = _client.Scope("Router");
        Assert.Equal("E8 to E11", _client.Variable(router, "zero experts").GetProperty("value").GetString());
        Assert.True(double.Parse(_client.Variable(router, "identityShare").GetProperty("value").GetString()!, CultureInfo.InvariantCulture) >= 0);
        var loads = Shown(_client.Variables(_client.Variable(router, "loads").GetProperty("variablesReference").GetInt32()));
        Assert.Equal(12, loads.Count);
        Assert.All(loads, load => Assert.Equal(int.Parse(load.Name[1..], CultureInfo.InvariantCulture) >= 8, load.Value.StartsWith("zero expert (identity) · ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Evaluate_MutatesOnlyInTheConsole()
    {
        _client.LaunchToStop(new() { ["stopOnEntry"] = true });
        var before = Shown(_client.Variables(_client.Scope("Decision")));
        foreach (var context in new[] { "hover", "watch", "variables", "clipboard" })
            Assert.StartsWith("MOE30", _client.Refusal("evaluate", new() { ["expression"] = "mask 0", ["context"] = context }), StringComparison.Ordinal);
        Assert.Equal(before, Shown(_client.Variables(_client.Scope("Decision"))));

        Assert.StartsWith("change 1: model.layers.0.mlp.gate: mask 2", Evaluate("mask 2"), StringComparison.Ordinal);
        Assert.NotEqual(before, Shown(_client.Variables(_client.Scope("Decision"))));
        Assert.Equal("no changes", Evaluate("undo"));
        Assert.Equal(before, Shown(_client.Variables(_client.Scope("Decision"))));
        Assert.Equal("true", Evaluate("k == 4"));
        Assert.Contains("\n          ^\nMOE3005", _client.Refusal("evaluate", new() { ["expression"] = "entropy < < 3", ["context"] = "repl" }), StringComparison.Ordinal);
    }

    [Fact]
    public void DataBreakpoints_HaveIdsThatNeedNoSession()
    {
        _client.LaunchToStop(new() { ["stopOnEntry"] = true });
        var loads = _client.Variable(_client.Scope("Router"), "loads").GetProperty("variablesReference").GetInt32();
        var info = _client.Get("dataBreakpointInfo", new() { ["variablesReference"] = loads, ["name"] = "E7" });
        Assert.Equal("model.layers.0.mlp.gate/expert/7/load", info.GetProperty("dataId").GetString());
        Assert.True(info.GetProperty("canPersist").GetBoolean());
        Assert.Equal(JsonValueKind.Null, _client.Get("dataBreakpointInfo", new() { ["name"] = "position" }).GetProperty("dataId").ValueKind);

        var set = _client.Get("setDataBreakpoints", Breakpoints(
            new JsonObject { ["dataId"] = "model.layers.2.mlp.gate/expert/7/load", ["accessType"] = "read" }, new JsonObject { ["dataId"] = "model.layers.2.mlp.gate/entropy", ["condition"] = "< 7" },
            new JsonObject { ["dataId"] = "nonsense" })).GetProperty("breakpoints");
        Assert.True(set[0].GetProperty("verified").GetBoolean());
        Assert.False(set[2].GetProperty("verified").GetBoolean());
        _client.Get("continue", new() { ["threadId"] = 1 });
        var stopped = _client.Event("stopped");
        Assert.Equal("data breakpoint", stopped.GetProperty("reason").GetString());
        Assert.StartsWith("expert 7 selected", stopped.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void StepIn_WithATarget_FollowsItsExpert()
    {
        _client.LaunchToStop(new() { ["stopOnEntry"] = true });
        var frame = _client.Get("stackTrace", new() { ["threadId"] = 1 }).GetProperty("stackFrames")[0].GetProperty("id").GetInt32();
        var target = _client.Get("stepInTargets", new() { ["frameId"] = frame }).GetProperty("targets")[1].GetProperty("id").GetInt32();
        _client.Get("stepIn", new() { ["threadId"] = 1, ["targetId"] = target });

        Assert.Equal("step", _client.Event("stopped").GetProperty("reason").GetString());
        Assert.Equal("true", Evaluate($"selected({target - 1}) && row > 0"));
        Assert.Equal("no breakpoints", Evaluate("info breakpoints"));
    }

    [Theory]
    [InlineData("""{"prompt":null}""", "MOE4102")]
    [InlineData("""{"trace":"x.moetrace"}""", "MOE4104")]
    [InlineData("""{"promptFile":"x"}""", "MOE4104")]
    [InlineData("""{"program":"train.py"}""", "MOE4104")]
    [InlineData("""{"args":["--seed","1"]}""", "MOE7030")]
    [InlineData("""{"env":{"SEED":1}}""", "MOE7002")]
    [InlineData("""{"promt":"x"}""", "MOE7031")]
    [InlineData("""{"maxNewTokens":"8"}""", "MOE7002")]
    [InlineData("""{"maxNewTokens":-1}""", "MOE4103")]
    [InlineData("""{"breakpoints":"L0"}""", "MOE7002")]
    [InlineData("""{"breakpoints":["L0 if"]}""", "MOE7033")]
    [InlineData("""{"breakpoints":["L0 if entrpy < 1"]}""", "MOE7033")]
    [InlineData("""{"breakpoints":["L9"]}""", "MOE7034")]
    [InlineData("""{"filters":["colapse"]}""", "MOE6002")]
    [InlineData("""{"interventions":["L0: mask 99"]}""", "MOE3101")]
    [InlineData("""{"sampling":{"topP":2}}""", "MOE2301")]
    [InlineData("""{"sampling":{"top_p":0.5}}""", "MOE7032")]
    [InlineData("""{"model":"no-such-folder"}""", "MOE1001")]
    public void AWrongLaunch_IsRefusedByName_AndTheNextOneWorks(string change, string id)
    {
        _client.Get("initialize", new() { ["adapterID"] = "moe" });
        Assert.StartsWith(id, _client.Refusal("launch", DapClient.Configuration(JsonNode.Parse(change)!.AsObject())), StringComparison.Ordinal);

        var launch = _client.Send("launch", DapClient.Configuration(new() { ["stopOnEntry"] = true }));
        _client.Get("configurationDone");
        Assert.True(_client.Response(launch).GetProperty("success").GetBoolean());
        Assert.Equal("entry", _client.Event("stopped").GetProperty("reason").GetString());
    }

    [Fact]
    public void Restart_CountsAnew_AndWithOtherArgumentsRunsThem()
    {
        _client.LaunchToStop(new() { ["breakpoints"] = new JsonArray("L3 if position > 4 hits 3") });
        _client.Get("restart");
        _client.Event("stopped");
        Assert.Equal("7", Evaluate("position"));

        _client.Get("restart", new() { ["arguments"] = DapClient.Configuration(new() { ["breakpoints"] = new JsonArray("L1 if position == 2") }) });
        _client.Event("stopped");
        Assert.Equal("2", Evaluate("position"));
    }

    [Fact]
    public void AClientWithoutTraits_GetsNoneOfTheirMessages()
    {
        _client.LaunchToStop(new() { ["stopOnEntry"] = true }, []);
        Evaluate("mask 2");
        var variables = _client.Variables(_client.Scope("Decision"));
        Assert.All(variables, v => Assert.False(v.TryGetProperty("type", out _) || v.TryGetProperty("memoryReference", out _) || v.TryGetProperty("indexedVariables", out _)));
        Assert.DoesNotContain(_client.Passed, m => DapClient.Text(m, "event") is "invalidated" or "memory" or "progressStart" or "progressEnd");
    }

    [Fact]
    public void LinesFromZeroAndUris_AreHonoured_AndErrorsAreInTheClientsLanguage()
    {
        _client.LaunchToStop(new() { ["stopOnEntry"] = true }, new() { ["linesStartAt1"] = false, ["columnsStartAt1"] = false, ["pathFormat"] = "uri", ["locale"] = "de" });
        var frame = _client.Get("stackTrace", new() { ["threadId"] = 1 }).GetProperty("stackFrames")[0];
        var uri = frame.GetProperty("source").GetProperty("path").GetString()!;
        Assert.StartsWith("file:///", uri, StringComparison.Ordinal);
        var line = frame.GetProperty("line").GetInt32();
        Assert.StartsWith("model.layers.0.mlp.gate", File.ReadAllLines(new Uri(uri).LocalPath)[line], StringComparison.Ordinal);
        var set = SetBreakpoints(uri, new JsonObject { ["line"] = line })[0];
        Assert.Equal((true, line), (set.GetProperty("verified").GetBoolean(), set.GetProperty("line").GetInt32()));
        Assert.Contains("Es gibt", _client.Refusal("evaluate", new() { ["expression"] = "filter nonsense", ["context"] = "repl" }), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void RequestsOutOfOrder_AreRefused_AndTheSessionLives()
    {
        Assert.StartsWith("MOE7004", _client.Refusal("threads"), StringComparison.Ordinal);
        _client.Get("initialize", new() { ["adapterID"] = "moe" });
        Assert.StartsWith("MOE7006", _client.Refusal("initialize", new() { ["adapterID"] = "moe" }), StringComparison.Ordinal);
        Assert.StartsWith("MOE7005", _client.Refusal("nonsense"), StringComparison.Ordinal);
        Assert.StartsWith("MOE7008", _client.Refusal("pause", new() { ["threadId"] = 1 }), StringComparison.Ordinal);
        Assert.StartsWith("MOE7001", _client.Refusal("setFunctionBreakpoints", Breakpoints(new JsonObject())), StringComparison.Ordinal);
        Assert.StartsWith("MOE7035", _client.Refusal("attach"), StringComparison.Ordinal);
        Assert.Equal(1, _client.Get("threads").GetProperty("threads").GetArrayLength());
    }

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("Content-Length: 3\r\n\r\n{\"}")]
    [InlineData("Content-Length: 2\r\n\r\n[]")]
    [InlineData("Content-Length: 2\r\n\r\n{}")]
    public async Task WhatIsNoMessage_EndsTheProgramCleanly(string wire)
    {
        _client.SendRaw(System.Text.Encoding.UTF8.GetBytes(wire));
        Assert.Equal(0, await _client.ExitAsync());
    }

    [Fact]
    public async Task AClientThatDiesInAMessage_LeavesNoProcess()
    {
        _client.LaunchToStop(new() { ["stopOnEntry"] = true });
        _client.SendRaw("Content-Length: 100\r\n\r\n{\"seq\""u8);
        _client.Close();
        Assert.Equal(0, await _client.ExitAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Disconnect_WhileItRunsOrStands_IsAnsweredTwice_AndEndsTheProgram(bool running)
    {
        _client.LaunchToStop(new() { ["stopOnEntry"] = true, ["maxNewTokens"] = 400 });
        if (running) _client.Get("continue", new() { ["threadId"] = 1 });
        var (first, second) = (_client.Send("disconnect"), _client.Send("disconnect"));
        Assert.True(_client.Response(first).GetProperty("success").GetBoolean());
        Assert.True(_client.Response(second).GetProperty("success").GetBoolean());
        Assert.Equal(0, await _client.ExitAsync());
    }

    [Fact]
    public void Pause_StopsAtARouter_AndTerminateEnds()
    {
        _client.LaunchToStop(new() { ["stopOnEntry"] = true, ["maxNewTokens"] = 400 });
        _client.Get("continue", new() { ["threadId"] = 1 });
        _client.Get("pause", new() { ["threadId"] = 1 });
        Assert.Equal("pause", _client.Event("stopped").GetProperty("reason").GetString());
        Assert.Equal("notStopped", Ended());

        string Ended()
        {
            _client.Get("terminate");
            _client.Event("terminated");
            return _client.Refusal("stackTrace", new() { ["threadId"] = 1 });
        }
    }

    [Fact]
    public void CancelOfWhatIsNotThere_IsAnswered()
    {
        _client.LaunchToStop(new() { ["stopOnEntry"] = true });
        _client.Get("cancel", new() { ["requestId"] = 4711 });
        _client.Get("cancel");
    }

    private string Evaluate(string text) => _client.Get("evaluate", new() { ["expression"] = text, ["context"] = "repl" }).GetProperty("result").GetString()!;

    private string Listing() => Assert.Single(_client.Get("loadedSources").GetProperty("sources").EnumerateArray()).GetProperty("path").GetString()!;

    private JsonElement SetBreakpoints(string path, params JsonObject[] breakpoints)
    {
        var arguments = Breakpoints(breakpoints);
        arguments["source"] = new JsonObject { ["path"] = path };
        return _client.Get("setBreakpoints", arguments).GetProperty("breakpoints");
    }

    private static JsonObject Breakpoints(params JsonObject[] breakpoints) => new() { ["breakpoints"] = new JsonArray([.. breakpoints]) };

    /// <summary>A fixture without a tokenizer, over token ids, up to its first decision.</summary>
    private JsonObject OverIds(string family)
    {
        var dataset = Path.Combine(_cache, "ids.jsonl");
        File.WriteAllText(dataset, """{"input_ids": [5, 9, 11, 3, 7, 80, 13]}""");
        return new() { ["model"] = Path.Combine(Repository.Root, "tests/fixtures/checkpoints", family), ["prompt"] = null, ["dataset"] = dataset, ["stopOnEntry"] = true };
    }

    private static List<(string Name, string Value)> Shown(IEnumerable<JsonElement> variables) => [.. variables.Select(v => (v.GetProperty("name").GetString()!, v.GetProperty("value").GetString()!))];
}
