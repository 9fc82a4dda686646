using System.Text.Json;
using System.Text.Json.Nodes;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Servers;

/// <summary>
/// Every method of the service, asked of the real daemon, against tests/fixtures/rpc, which the extension's side is held against too. <c>MOE_WRITE_DOCS=1 ./test dotnet</c> writes
/// them anew. Paths, ids of processes and what else differs from run to run is replaced.
/// </summary>
public sealed class RpcGoldenTests : IAsyncLifetime
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string Fixtures = Path.Combine(Repository.Root, "tests/fixtures/rpc");

    private readonly List<string> _findings = [];
    private readonly HashSet<string> _asked = [];
    private DaemonProcess _daemon = null!;

    private string Trace => Path.Combine(_daemon.Folder, "small.moetrace");

    public async Task InitializeAsync() => _daemon = await DaemonProcess.StartAsync();

    public async Task DisposeAsync() => await _daemon.DisposeAsync();

    [Fact]
    public async Task EveryMethod_AnswersAsItsGolden()
    {
        SmallRun.Write(Trace);
        await using var view = RpcClient.Connect(_daemon.Endpoint);
        Ask(view, "initialize", RpcClient.Introduction("fr"));
        Ask(view, "recordings/open", new() { ["path"] = Trace });
        var waiting = Directory.CreateDirectory(Path.Combine(_daemon.Folder, "moe-devtools")).FullName;
        File.WriteAllText(
            Path.Combine(waiting, "1.json"),
            $$"""{"protocol": 1, "pid": {{Environment.ProcessId}}, "program": "train.py", "args": ["--seed", "1"], "cwd": "/projects/moe", "rank": 1, "worldSize": 2, "run": "127.0.0.1:29500", "address": "unix:/run/s", "debugger": "debugpy"}""");
        Ask(view, "processes/list", []);
        Ask(view, "recordings/list", new() { ["folders"] = new JsonArray(_daemon.Folder) });
        AskViews(view, "session-1");
        var changed = Trace.Replace("small", "changed", StringComparison.Ordinal);
        SmallRun.Write(changed, masked: 1, steps: 40);
        view.Get("recordings/open", new() { ["path"] = changed });
        Ask(view, "session/expert", new() { ["session"] = "session-2", ["router"] = 0, ["expert"] = 1, ["pixels"] = 8 });
        Ask(view, "session/compare", new() { ["a"] = "session-1", ["b"] = "session-2" });
        view.Get("recordings/close", new() { ["session"] = "session-2" });
        File.Delete(changed);

        await using var replay = _daemon.Editor();
        replay.Get("initialize", new() { ["adapterID"] = "moe" });
        var launch = replay.Send("launch", new() { ["trace"] = Trace, ["__sessionId"] = "replay", ["stopOnEntry"] = true });
        replay.Event("initialized");
        replay.Get("configurationDone");
        replay.Response(launch);
        replay.Event("stopped");
        Ask(view, "session/goto", new() { ["session"] = "replay", ["step"] = 2, ["router"] = 1 });
        replay.Event("stopped");
        var model = Ask(view, "session/model", new() { ["session"] = "replay" });
        Ask(view, "source/routers", new() { ["path"] = model.GetProperty("listing").GetString() });

        await using var live = _daemon.Editor();
        live.LaunchToStop(new() { ["__sessionId"] = "live", ["stopOnEntry"] = true }, new() { ["supportsStartDebuggingRequest"] = true });
        Ask(view, "session/intervene", new() { ["session"] = "live", ["changes"] = "L0: mask 2" });
        Ask(view, "session/interventions", new() { ["session"] = "live" });
        Check("sessions/changed", null, view.Notification("sessions/changed", n => n.GetProperty("sessions").EnumerateArray().Any(s => s.GetProperty("interventions").GetInt32() == 1)));
        Ask(view, "sessions/list", []);
        Ask(view, "session/undo", new() { ["session"] = "live", ["intervention"] = 1 });
        Ask(view, "session/branch", new() { ["session"] = "live" });

        Ask(view, "recordings/close", new() { ["session"] = "session-1" });
        File.Copy(Trace, Trace.Replace("small", "other", StringComparison.Ordinal));
        Ask(view, "recordings/delete", new() { ["path"] = Trace.Replace("small", "other", StringComparison.Ordinal) });
        Check("error", null, view.Refusal("session/loads", new() { ["session"] = "nobody" }));
        Ask(view, "shutdown", []);

        _findings.AddRange(Directory.GetFiles(Fixtures).Select(f => Path.GetFileNameWithoutExtension(f)).Where(name => !_asked.Contains(name)).Select(name => $"stale: {name}"));
        Findings.None(_findings);
    }

    private void AskViews(RpcClient view, string session)
    {
        // What is read as far as a call has time is read to its end first.
        Until(() => view.Get("session/loads", new() { ["session"] = session }), "entropyTo");
        Until(() => view.Get("session/anomalies", new() { ["session"] = session }), "to");
        Ask(view, "session/loads", new() { ["session"] = session });
        Ask(view, "session/tokens", new() { ["session"] = session, ["router"] = 1, ["from"] = new JsonObject { ["step"] = 1, ["row"] = 1 }, ["count"] = 3 });
        Ask(view, "session/decision", new() { ["session"] = session, ["step"] = 2, ["router"] = 1 });
        Ask(view, "session/anomalies", new() { ["session"] = session, ["range"] = new JsonObject { ["from"] = 1, ["to"] = 3 } });
        Ask(view, "session/timeline", new() { ["session"] = session, ["metrics"] = new JsonArray("cv", "entropy", "margin", "drops"), ["pixels"] = 3 });
        Ask(view, "session/together", new() { ["session"] = session, ["routers"] = new JsonArray(0, 1) });
        Ask(view, "session/logits", new() { ["session"] = session, ["bins"] = 6, ["pixels"] = 8 });
        Ask(view, "session/flow", new() { ["session"] = session, ["routers"] = new JsonArray(0, 1), ["threshold"] = 0.2 });
    }

    private static void Until(Func<JsonElement> ask, string name)
    {
        while (!ask().TryGetProperty(name, out var step) || step.GetInt64() < 4)
        {
        }
    }

    private JsonElement Ask(RpcClient view, string method, JsonObject parameters)
    {
        var result = view.Get(method, parameters);
        Check(method, parameters, result);
        return result;
    }

    private void Check(string method, JsonObject? parameters, JsonElement result)
    {
        var name = method.Replace('/', '.');
        _asked.Add(name);
        var now = new JsonObject { ["method"] = method, ["params"] = Normal(parameters), ["result"] = Normal(JsonNode.Parse(result.GetRawText())) };
        if (parameters is null) now.Remove("params");
        var text = now.ToJsonString(Indented).ReplaceLineEndings("\n") + "\n";
        var file = Path.Combine(Fixtures, name + ".json");
        if (Environment.GetEnvironmentVariable("MOE_WRITE_DOCS") == "1")
        {
            Directory.CreateDirectory(Fixtures);
            File.WriteAllText(file, text);
        }
        if (!File.Exists(file)) _findings.Add($"{name} has no golden");
        else Compare(name, JsonNode.Parse(File.ReadAllText(file)), JsonNode.Parse(text));
    }

    /// <summary>What differs from run to run is always the same.</summary>
    private JsonNode? Normal(JsonNode? node) => node switch
    {
        JsonObject of => new JsonObject(of.Select(p => KeyValuePair.Create(p.Key, p.Key switch
        {
            "pid" or "revision" or "bytes" when p.Value is JsonValue => (JsonNode?)1,
            "version" => "0.0.0",
            "tokensPerSecond" => 1.5,
            _ => Normal(p.Value),
        }))),
        JsonArray of => new JsonArray([.. of.Select(Normal)]),
        JsonValue value when value.TryGetValue<string>(out var text) => Paths(text),
        _ => node?.DeepClone(),
    };

    private string Paths(string text)
    {
        var plain = text.Replace(_daemon.Folder, "/cache", StringComparison.Ordinal).Replace(Repository.Root, "/repository", StringComparison.Ordinal);
        var at = plain.IndexOf("/recordings/moe-devtools-", StringComparison.Ordinal);
        return at < 0 ? plain : plain[..at] + "/recordings/moe-devtools-1.moetrace";
    }

    private void Compare(string at, JsonNode? golden, JsonNode? now)
    {
        if (golden is JsonObject a && now is JsonObject b)
        {
            if (IsTensor(a) && IsTensor(b) && a["dtype"]!.GetValue<string>() is "f32" or "f64" && JsonNode.DeepEquals(a["shape"], b["shape"]))
            {
                var (x, y) = (Reals(a), Reals(b));
                for (var i = 0; i < x.Length; i++)
                    if (!Same(x[i], y[i])) _findings.Add($"{at}[{i}]: {y[i]} in place of {x[i]}");
                return;
            }
            foreach (var key in a.Select(p => p.Key).Union(b.Select(p => p.Key))) Compare($"{at}.{key}", a[key], b[key]);
            return;
        }
        if (golden is JsonArray list && now is JsonArray other && list.Count == other.Count)
        {
            for (var i = 0; i < list.Count; i++) Compare($"{at}[{i}]", list[i], other[i]);
            return;
        }
        var equal = golden is JsonValue v && now is JsonValue w && v.GetValueKind() == JsonValueKind.Number && w.GetValueKind() == JsonValueKind.Number
            ? Same(v.GetValue<double>(), w.GetValue<double>()) : JsonNode.DeepEquals(golden, now);
        if (!equal) _findings.Add($"{at}: {now?.ToJsonString() ?? "nothing"} in place of {golden?.ToJsonString() ?? "nothing"}");
    }

    private static bool IsTensor(JsonObject node) => node.ContainsKey("dtype") && node.ContainsKey("base64");

    private static double[] Reals(JsonObject tensor)
    {
        var bytes = Convert.FromBase64String(tensor["base64"]!.GetValue<string>());
        return tensor["dtype"]!.GetValue<string>() == "f64" ? [.. System.Runtime.InteropServices.MemoryMarshal.Cast<byte, double>(bytes)]
            : [.. System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(x => (double)x)];
    }

    /// <summary>The last digits of a logarithm are the machine's.</summary>
    private static bool Same(double a, double b) => a.Equals(b) || Math.Abs(a - b) <= 1e-6 * Math.Max(1, Math.Abs(a));
}
