using System.Text.Json;
using System.Text.Json.Nodes;
using MoeDevtools.Routing;
using MoeDevtools.Traces;
using Batches = MoeDevtools.Tests.Routing.Batches;

namespace MoeDevtools.Tests.Servers;

/// <summary>What holds of every method of the service: handshake, errors, cancellation, progress, notifications.</summary>
public sealed class RpcTests : IAsyncLifetime
{
    private const int Steps = 300_000;

    private DaemonProcess _daemon = null!;

    public async Task InitializeAsync() => _daemon = await DaemonProcess.StartAsync();

    public async Task DisposeAsync() => await _daemon.DisposeAsync();

    [Fact]
    public async Task BeforeInitialize_NothingIsAnswered()
    {
        await using var view = RpcClient.Connect(_daemon.Endpoint);
        Assert.Equal(-32002, RpcClient.CodeOf(view.Refusal("sessions/list")));
        Assert.Equal(-32602, RpcClient.CodeOf(view.Refusal("initialize", new() { ["client"] = "tests" })));
        var told = view.Get("initialize", RpcClient.Introduction());
        Assert.Equal((1, _daemon.Process.Id), (told.GetProperty("protocol").GetInt32(), told.GetProperty("pid").GetInt32()));
        Assert.Equal(0, view.Get("sessions/list").GetArrayLength());
        Assert.Equal(-32602, RpcClient.CodeOf(view.Refusal("initialize", RpcClient.Introduction())));
    }

    [Fact]
    public async Task AnotherProtocol_IsRefusedInTheClientsLanguage()
    {
        await using var view = RpcClient.Connect(_daemon.Endpoint);
        var other = RpcClient.Introduction("de");
        other["protocol"] = 2;
        var error = view.Refusal("initialize", other);
        Assert.Equal(-32000, RpcClient.CodeOf(error));
        Assert.Equal("MOE7071", error.GetProperty("data").GetProperty("id").GetString());
        Assert.StartsWith("tests 1 spricht Protokoll 2", error.GetProperty("data").GetProperty("facts").GetString(), StringComparison.Ordinal);
        Assert.Equal(-32002, RpcClient.CodeOf(view.Refusal("sessions/list")));
    }

    [Fact]
    public async Task ALongCall_ReportsProgressAndCanBeCancelled()
    {
        await using var view = RpcClient.Open(_daemon.Endpoint);
        var session = view.Get("recordings/open", new() { ["path"] = LongRun() }).GetProperty("id").GetString();

        var call = view.Send("session/loads", new() { ["session"] = session, ["progressToken"] = "mine" });
        view.Notify("$/cancelRequest", new() { ["id"] = call });
        Assert.Equal(-32800, RpcClient.CodeOf(RpcClient.ErrorOf(view.Answer(call))));

        call = view.Send("session/loads", new() { ["session"] = session, ["progressToken"] = "mine" });
        Assert.InRange(view.Notification("$/progress", n => n.GetProperty("token").GetString() == "mine").GetProperty("value").GetProperty("percentage").GetInt32(), 0, 100);
        Assert.Equal((1, Steps), Range(view.Answer(call).GetProperty("result")));

        // What was summed is kept, and other ranges are not mistaken for it.
        Assert.Equal((1, Steps), Range(view.Get("session/loads", new() { ["session"] = session })));
        Assert.Equal((5, 9), Range(view.Get("session/loads", new() { ["session"] = session, ["range"] = new JsonObject { ["from"] = 5, ["to"] = 9 } })));
        Assert.Equal([2, 1, 2, 0], Counts(view.Get("session/loads", new() { ["session"] = session, ["range"] = new JsonObject { ["from"] = 5, ["to"] = 9 } })));
    }

    [Fact]
    public async Task ARunningSession_IsToldOf_AndItsRevisionGrows()
    {
        await using var view = RpcClient.Open(_daemon.Endpoint);
        await using var editor = _daemon.Editor();
        editor.LaunchToStop(new() { ["stopOnEntry"] = true, ["maxNewTokens"] = 200 });
        var stopped = view.Notification("sessions/changed", n => Only(n).GetProperty("state").GetString() == "stopped");
        editor.Get("continue", new() { ["threadId"] = 1 });
        editor.Event("terminated");
        // A run that is over before the next message is due is only told of as ended.
        var ended = view.Notification("sessions/changed", n => Only(n).GetProperty("state").GetString() == "idle" && Only(n).GetProperty("decisions").GetInt64() > 0);

        Assert.True(Only(ended).GetProperty("revision").GetInt64() > Only(stopped).GetProperty("revision").GetInt64());
        var last = Only(ended).GetProperty("step").GetInt64();
        Assert.InRange(last, 2, 201);
        var loads = view.Get("session/loads", new() { ["session"] = Only(ended).GetProperty("id").GetString() });
        Assert.Equal((1, last), Range(loads));
        editor.Get("disconnect");
        Assert.Equal(0, view.Notification("sessions/changed", n => n.GetProperty("sessions").GetArrayLength() == 0).GetProperty("sessions").GetArrayLength());
    }

    [Fact]
    public async Task TheDecisionAtAStop_IsReadFromTheStop_AndChangesWithIt()
    {
        await using var view = RpcClient.Open(_daemon.Endpoint);
        await using var editor = _daemon.Editor();
        editor.LaunchToStop(new() { ["stopOnEntry"] = true, ["__sessionId"] = "mine" });
        JsonElement Decision() => view.Get("session/decision", new() { ["session"] = "mine", ["step"] = 1, ["router"] = 0, ["row"] = 3 });
        var own = Decision();
        Assert.True(own.GetProperty("isPresent").GetBoolean());
        var first = own.GetProperty("experts")[0].GetProperty("expert").GetInt32();

        view.Get("session/intervene", new() { ["session"] = "mine", ["changes"] = $"L0: mask {first}" });
        var changed = Decision();
        Assert.DoesNotContain(first, changed.GetProperty("experts").EnumerateArray().Select(e => e.GetProperty("expert").GetInt32()));
        Assert.Equal(first, changed.GetProperty("before")[0].GetProperty("expert").GetInt32());
        Assert.Equal($"L0: mask {first}", changed.GetProperty("interventions")[0].GetString());

        // Once the model has gone on, the same decision comes from the recording.
        editor.Get("next", new() { ["threadId"] = 1 });
        editor.Event("stopped");
        var recorded = Decision();
        Assert.False(recorded.GetProperty("isPresent").GetBoolean());
        foreach (var same in (string[])["experts", "before", "interventions", "logits", "scores", "selectionScores", "runnerUp", "margin", "entropy"])
            Assert.Equal(WithoutLoads(changed.GetProperty(same)), WithoutLoads(recorded.GetProperty(same)));
        Assert.Equal(-32000, RpcClient.CodeOf(view.Refusal("session/decision", new() { ["session"] = "mine", ["step"] = 9, ["router"] = 0 })));
        Assert.Equal(-32602, RpcClient.CodeOf(view.Refusal("session/decision", new() { ["session"] = "mine", ["step"] = 1, ["router"] = 4 })));
    }

    [Fact]
    public async Task PagesOfTokens_FollowEachOtherBothWays()
    {
        await using var view = RpcClient.Open(_daemon.Endpoint);
        var trace = Path.Combine(_daemon.Folder, "small.moetrace");
        SmallRun.Write(trace);
        var session = view.Get("recordings/open", new() { ["path"] = trace }).GetProperty("id").GetString();
        JsonElement Page(string end, JsonObject place, int count) => view.Get("session/tokens", new() { ["session"] = session, ["router"] = 0, [end] = place, ["count"] = count });

        var all = Page("from", new() { ["step"] = 1 }, 100);
        Assert.Equal(["Anna", " was", " hungry", " so", " she", " ate"], Texts(all));       // without the padding
        Assert.Equal((false, false), Ends(all));
        for (var first = 0; first < 6; first++)
        {
            var (step, row) = first < 3 ? (1, first) : (first - 1, 0);
            var page = Page("from", new() { ["step"] = step, ["row"] = row }, 2);
            Assert.Equal(Texts(all).Skip(first).Take(2), Texts(page));
            Assert.Equal((first > 0, first + 2 < 6), Ends(page));
            page = Page("before", new() { ["step"] = step, ["row"] = row }, 2);
            Assert.Equal(Texts(all).Take(first).TakeLast(2), Texts(page));
            Assert.Equal((first > 2, true), Ends(page));
        }
        Assert.Equal([" she", " ate"], Texts(Page("before", new() { ["step"] = 100 }, 2)));
    }

    [Fact]
    public async Task ARecordingInUse_IsNotDeleted_AndAnotherFileNever()
    {
        await using var view = RpcClient.Open(_daemon.Endpoint);
        var trace = Path.Combine(_daemon.Folder, "small.moetrace");
        SmallRun.Write(trace);
        var session = view.Get("recordings/open", new() { ["path"] = trace }).GetProperty("id").GetString();
        Assert.Equal(session, view.Get("recordings/open", new() { ["path"] = trace }).GetProperty("id").GetString());
        Assert.Equal("MOE7073", IdOf(view.Refusal("recordings/delete", new() { ["path"] = trace })));
        view.Get("recordings/close", new() { ["session"] = session });
        view.Get("recordings/delete", new() { ["path"] = trace });
        Assert.False(File.Exists(trace));

        var other = Path.Combine(_daemon.Folder, "notes.moetrace");
        await File.WriteAllTextAsync(other, "not a trace");
        Assert.Equal("MOE7101", IdOf(view.Refusal("recordings/delete", new() { ["path"] = other })));
        var listed = Assert.Single(view.Get("recordings/list", new() { ["folders"] = new JsonArray(_daemon.Folder, Path.Combine(_daemon.Folder, "nowhere")) }).EnumerateArray());
        Assert.Contains("is not a trace", listed.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal("MOE7070", IdOf(view.Refusal("session/goto", new() { ["session"] = OpenSmall(view), ["step"] = 1, ["router"] = 0 })));
    }

    [Fact]
    public async Task Charts_OfARunningModel_AndWhatTheyRefuse()
    {
        await using var view = RpcClient.Open(_daemon.Endpoint);
        await using var editor = _daemon.Editor();
        editor.LaunchToStop(new() { ["stopOnEntry"] = true, ["maxNewTokens"] = 40, ["__sessionId"] = "mine" });
        Assert.False(Chart("timeline").TryGetProperty("range", out _));      // nothing is recorded yet
        editor.Get("continue", new() { ["threadId"] = 1 });
        editor.Event("terminated");
        var last = view.Notification("sessions/changed", n => Only(n).GetProperty("state").GetString() == "idle").GetProperty("sessions")[0].GetProperty("step").GetInt64();

        var timeline = Chart("timeline", new() { ["metrics"] = new JsonArray("zLoss"), ["pixels"] = 8 });
        Assert.Equal((1, last), Range(timeline.GetProperty("range")));
        Assert.Equal(4, timeline.GetProperty("series").GetArrayLength());
        var dossier = Chart("expert", new() { ["router"] = 2, ["expert"] = 7 });
        Assert.Equal(8, dossier.GetProperty("similar").GetArrayLength());
        var together = Chart("together", new() { ["routers"] = new JsonArray(2, 2) });
        Assert.Equal(dossier.GetProperty("tokens").GetInt64(), together.GetProperty("tokens").GetInt64());
        Assert.Equal(Chart("flow", new() { ["router"] = 3 }).GetProperty("tokens").GetInt64(), Chart("flow", new() { ["routers"] = new JsonArray(0, 3) }).GetProperty("tokens").GetInt64());
        Assert.Equal(1, Chart("logits", new() { ["routers"] = new JsonArray(1, 1) }).GetProperty("routers").GetArrayLength());
        Assert.Equal(0, view.Get("session/compare", new() { ["a"] = "mine", ["b"] = OpenCopy(view) }).GetProperty("differing").GetDouble());

        foreach (var (method, wrong) in new (string, JsonObject)[]
        {
            ("timeline", new() { ["metrics"] = new JsonArray("mood") }), ("together", new() { ["routers"] = new JsonArray(1) }), ("flow", new() { ["routers"] = new JsonArray(1, 1) }),
            ("flow", new() { ["router"] = 9 }), ("expert", new() { ["router"] = 0, ["expert"] = 16 }), ("compare", new() { ["a"] = "mine", ["b"] = "mine" }),
            ("logits", new() { ["routers"] = new JsonArray(4) }),
        })
        {
            wrong["session"] = "mine";
            Assert.Equal(-32602, RpcClient.CodeOf(view.Refusal($"session/{method}", wrong)));
        }

        JsonElement Chart(string method, JsonObject? parameters = null)
        {
            parameters ??= [];
            parameters["session"] = "mine";
            return view.Get($"session/{method}", parameters);
        }
    }

    /// <summary>The recording of the only session, copied and opened by itself.</summary>
    private string? OpenCopy(RpcClient view)
    {
        var copy = Path.Combine(_daemon.Folder, "copy.moetrace");
        var recording = view.Get("sessions/list")[0].GetProperty("recording").GetString()!;
        File.Copy(recording, copy);
        if (File.Exists(recording + "-wal")) File.Copy(recording + "-wal", copy + "-wal");
        return view.Get("recordings/open", new() { ["path"] = copy }).GetProperty("id").GetString();
    }

    private string? OpenSmall(RpcClient view)
    {
        var trace = Path.Combine(_daemon.Folder, "again.moetrace");
        SmallRun.Write(trace);
        return view.Get("recordings/open", new() { ["path"] = trace }).GetProperty("id").GetString();
    }

    /// <summary>Loads of many steps, no batches: step s gives expert s mod 3 one token.</summary>
    private string LongRun()
    {
        var path = Path.Combine(_daemon.Folder, "long.moetrace");
        var info = new TraceInfo { Writer = "tests", Kind = TraceKind.Import, Created = DateTimeOffset.UnixEpoch };
        using var writer = TraceWriter.Create(path, info, [Batches.Router(4, 1)], new TraceOptions());
        for (var step = 1; step <= Steps; step++)
        {
            var counts = new int[4];
            counts[step % 3] = 1;
            writer.Add(new TraceLoads(step, 0, 1, 0, counts));
        }
        writer.Close();
        return path;
    }

    private static JsonElement Only(JsonElement changed) => changed.GetProperty("sessions")[0];

    private static (long, long) Range(JsonElement loads) => (loads.GetProperty("from").GetInt64(), loads.GetProperty("to").GetInt64());

    private static long[] Counts(JsonElement loads) =>
        [.. System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(loads.GetProperty("counts").GetProperty("base64").GetBytesFromBase64())];

    private static IEnumerable<string?> Texts(JsonElement page) => page.GetProperty("text").EnumerateArray().Select(t => t.GetString());

    private static (bool, bool) Ends(JsonElement page) => (page.GetProperty("hasEarlier").GetBoolean(), page.GetProperty("hasLater").GetBoolean());

    private static string? IdOf(JsonElement error) => error.GetProperty("data").GetProperty("id").GetString();

    /// <summary>Loads grow from look to look.</summary>
    private static string WithoutLoads(JsonElement json)
    {
        static JsonNode? Without(JsonNode? node) => node switch
        {
            JsonObject of => new JsonObject(of.Where(p => p.Key != "load").Select(p => KeyValuePair.Create(p.Key, Without(p.Value)))),
            JsonArray of => new JsonArray([.. of.Select(Without)]),
            _ => node?.DeepClone(),
        };
        return Without(JsonNode.Parse(json.GetRawText()))!.ToJsonString();
    }
}
