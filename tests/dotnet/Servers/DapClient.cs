using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using MoeDevtools.Tests.House;
using MoeDevtools.Wire;

namespace MoeDevtools.Tests.Servers;

/// <summary>Drives a debug adapter over its real wire; waits for messages and never sleeps. Checks of every message that its number is the next one.</summary>
internal sealed class DapClient : IAsyncDisposable
{
    public const string Prompt = "One morning, Anna went to the garden with her friend Tom. Anna was hungry, so";

    private readonly Process? _process;
    private readonly Stream _output;
    private readonly MessageWriter _writer;
    private readonly Inbox _inbox;
    private int _seq;
    private int _seqOfAdapter;

    public DapClient(Stream input, Stream output, Process? process = null)
    {
        (_output, _process) = (output, process);
        _writer = new MessageWriter(output, () => { });
        _inbox = new Inbox(input, CheckNumber);
    }

    public static string Model => Path.Combine(Repository.Root, "samples/olmoe-tiny");

    public Process Process => _process!;

    /// <summary>The built program, with a cache folder of its own.</summary>
    public static DapClient Start(string cache)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "moe-devtools.dll"), "dap", "--stdio"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        start.Environment["XDG_CACHE_HOME"] = cache;
        var process = Process.Start(start)!;
        return new DapClient(process.StandardOutput.BaseStream, process.StandardInput.BaseStream, process);
    }

    public int Send(string command, JsonObject? arguments = null)
    {
        var message = new JsonObject { ["seq"] = ++_seq, ["type"] = "request", ["command"] = command, ["arguments"] = arguments };
        _writer.Send(JsonSerializer.SerializeToUtf8Bytes(message));
        return _seq;
    }

    /// <summary>Bytes that are not framed.</summary>
    public void SendRaw(ReadOnlySpan<byte> bytes)
    {
        _output.Write(bytes);
        _output.Flush();
    }

    public JsonElement Response(int seq) => _inbox.Next(m => Text(m, "type") == "response" && m.GetProperty("request_seq").GetInt32() == seq);

    public JsonElement Ask(string command, JsonObject? arguments = null) => Response(Send(command, arguments));

    /// <summary>The body of an answer that must be a success.</summary>
    public JsonElement Get(string command, JsonObject? arguments = null)
    {
        var response = Ask(command, arguments);
        Assert.True(response.GetProperty("success").GetBoolean(), response.ToString());
        return response.TryGetProperty("body", out var body) ? body : default;
    }

    /// <summary>The message of an answer that must be a failure.</summary>
    public string Refusal(string command, JsonObject? arguments = null)
    {
        var response = Ask(command, arguments);
        Assert.False(response.GetProperty("success").GetBoolean(), response.ToString());
        return response.GetProperty("message").GetString()!;
    }

    public JsonElement Event(string name) => _inbox.Next(m => Text(m, "type") == "event" && Text(m, "event") == name) is var found && found.TryGetProperty("body", out var body) ? body : default;

    /// <summary>The arguments of a request of the adapter.</summary>
    public JsonElement Request(string command) => _inbox.Next(m => Text(m, "type") == "request" && Text(m, "command") == command).GetProperty("arguments");

    /// <summary>What came and was not asked for yet.</summary>
    public IReadOnlyList<JsonElement> Passed => _inbox.Passed;

    /// <summary>Launches the sample up to its first stop.</summary>
    public JsonElement LaunchToStop(JsonObject? more = null, JsonObject? traits = null)
    {
        traits ??= new JsonObject { ["supportsVariableType"] = true, ["supportsVariablePaging"] = true, ["supportsInvalidatedEvent"] = true, ["supportsMemoryReferences"] = true };
        traits["adapterID"] = "moe";
        Get("initialize", traits);
        var launch = Send("launch", Configuration(more));
        Event("initialized");
        Get("configurationDone");
        Assert.True(Response(launch).GetProperty("success").GetBoolean());
        return Event("stopped");
    }

    public static JsonObject Configuration(JsonObject? more)
    {
        var all = new JsonObject { ["type"] = "moe", ["request"] = "launch", ["model"] = Model, ["prompt"] = Prompt, ["maxNewTokens"] = 8 };
        foreach (var (name, value) in more ?? []) all[name] = value?.DeepClone();
        return all;
    }

    /// <summary>The reference of a scope of the top frame.</summary>
    public int Scope(string name)
    {
        var frame = Get("stackTrace", new() { ["threadId"] = 1 }).GetProperty("stackFrames")[0].GetProperty("id").GetInt32();
        return Get("scopes", new() { ["frameId"] = frame }).GetProperty("scopes").EnumerateArray().Single(s => Text(s, "name") == name).GetProperty("variablesReference").GetInt32();
    }

    public List<JsonElement> Variables(int reference, JsonObject? page = null)
    {
        page ??= [];
        page["variablesReference"] = reference;
        return [.. Get("variables", page).GetProperty("variables").EnumerateArray()];
    }

    public JsonElement Variable(int reference, string name) => Variables(reference).Single(v => Text(v, "name") == name);

    public static string? Text(JsonElement message, string name) => message.TryGetProperty(name, out var value) ? value.GetString() : null;

    /// <summary>The client goes away.</summary>
    public void Close() => _output.Dispose();

    public async Task<int> ExitAsync()
    {
        await _process!.WaitForExitAsync().WaitAsync(Inbox.Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await _output.DisposeAsync();
        if (_process is not null)
        {
            await ExitAsync();
            _process.Dispose();
        }
        _inbox.Dispose();
    }

    private void CheckNumber(JsonElement message)
    {
        if (message.GetProperty("seq").GetInt32() != ++_seqOfAdapter) throw new InvalidOperationException($"message {_seqOfAdapter} is numbered otherwise: {message}");
    }
}
