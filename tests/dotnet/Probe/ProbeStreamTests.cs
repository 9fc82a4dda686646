using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using MoeDevtools.Probe;
using MoeDevtools.Tests.House;
using MoeDevtools.Wire;

namespace MoeDevtools.Tests.Probe;

/// <summary>The .NET probe says what the Python probe says for the same training: everything after the routers byte for byte, who it is and what a change may do in its own words.</summary>
public sealed class ProbeStreamTests
{
    private static readonly float[] Thirds = [1 / 3f, 1 / 3f, 1 / 3f, 1 / 3f, 1 / 3f, 1 / 3f];
    private static readonly float[] Ones = [1, 1, 1, 1, 1, 1];

    [Fact]
    public async Task ATraining_IsTheRecordedConversation()
    {
        var folder = Directory.CreateTempSubdirectory("moe-probe-").FullName;
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "s")));
        listener.Listen();
        var heard = Task.Run(() => PlayAsync(listener));
        Train($"unix:{Path.Combine(folder, "s")}");

        var (came, recorded) = (await heard, await MessagesAsync("probe.bytes"));
        Assert.Equal(recorded.Count, came.Count);
        Assert.Equal(recorded.Skip(2).Select(Text), came.Skip(2).Select(Text));
        var (hello, golden) = (Parameters(came[0]), Parameters(recorded[0]));
        Assert.Equal(golden.Select(member => member.Key).Except(["framework"]).Order(), hello.Select(member => member.Key).Order());
        Assert.StartsWith("MoeDevtools.Probe ", (string)hello["probe"]!, StringComparison.Ordinal);
        var (routers, theirs) = (Parameters(came[1]), Parameters(recorded[1]));
        foreach (var router in (JsonObject[])[routers["routers"]![0]!.AsObject(), theirs["routers"]![0]!.AsObject()])
        {
            router.Remove("changes");                                        // weights here, the selection there
            router["sources"] = router["sources"]!.AsArray().Count;
        }
        Assert.Equal(theirs.ToJsonString(), routers.ToJsonString());
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task ADaemonThatDoesNotRead_HoldsNobody_AndWhatHadNoRoomIsCounted()
    {
        const int batches = 24;
        var folder = Directory.CreateTempSubdirectory("moe-probe-").FullName;
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "s")));
        listener.Listen();
        var trained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var heard = Task.Run(async () =>
        {
            using var stream = new NetworkStream(await listener.AcceptAsync(), ownsSocket: true);
            await using var writer = new MessageWriter(stream, () => { });
            var (reader, kinds, dropped) = (new MessageReader(stream, MessageLimits.Probe), new List<string>(), 0);
            while (await reader.ReadAsync() is { } body)
            {
                var json = reader.IsBinary ? JsonNode.Parse(BinaryMessage.Read(body).Head.GetRawText())! : JsonNode.Parse(body)!;
                kinds.Add((string?)json["type"] ?? (string)json["method"]!);
                if (json["id"] is { } id && json["method"] is not null)
                    writer.Send(Encoding.UTF8.GetBytes($$$"""{"jsonrpc":"2.0","id":{{{id}}},"result":{"armed":[],"captured":"all","columns":["router_logits"]}}"""));
                if (kinds[^1] == "routers") await trained.Task;
                if (kinds[^1] == "step") dropped += (int)json["params"]!["dropped"]!;
            }
            return (Sent: kinds.Count(kind => kind == "batch"), Dropped: dropped, Last: kinds[^1]);
        });
        using (var probe = MoeProbe.Connect(address: $"unix:{Path.Combine(folder, "s")}"))
        {
            var (router, logits, selected) = (probe.Router("gate", 1024, 1), new float[1 << 20], new int[1024]);
            for (var step = 1; step <= batches; step++)
            {
                probe.BeginPass();
                router.Observe(logits, selected.AsSpan());
                probe.Step();
            }
            trained.SetResult();
            probe.BeginPass();
            probe.Step();        // whose number says what was dropped before
        }
        var (sent, dropped, last) = await heard;
        Assert.Equal((batches, "bye"), (sent + dropped, last));
        Assert.InRange(dropped, 4, batches - 4);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>What tests/probe/test_stream.py describes.</summary>
    private static void Train(string address)
    {
        using var probe = MoeProbe.Connect(address: address);
        var router = probe.Router("layers.0.moe.gate", 3, 2, new RouterRule { Normalise = true }, aliases: "module.layers.0.moe.gate");
        probe.BeginPass<int>([7, 8], sequences: 2);
        Assert.False(Observe(router, Ones, [0, 1, 1, 2], [0.5f, 0.5f, 0.5f, 0.5f], Thirds));
        probe.BeginPass(training: false);
        Assert.False(Observe(router, Ones, [0, 1, 1, 2], [0.5f, 0.5f, 0.5f, 0.5f], Thirds));
        router.ObserveWeight([1, 2, 3, 4, 5, 6, 7, 8, 9]);
        probe.Step(2.5);

        probe.PadTokenId = 0;
        probe.BeginPass<int>([5, 0]);
        var nan = BitConverter.UInt32BitsToSingle(0x7FC00000);
        Assert.False(Observe(router, [nan, -1, 0.25f, 0, 1, 0.5f], [2, 1, 1, 2], [0.75f, 0.25f, 0.625f, 0.375f], [0.125f, 0.25f, 0.625f, 0.25f, 0.5f, 0.25f]));
        probe.Step(double.NaN);

        probe.BeginPass<int>([5, 6]);
        long[] selected = [0, 1, 1, 2];
        float[] weights = [0.5f, 0.5f, 0.5f, 0.5f];
        Assert.True(Observe(router, Ones, selected, weights, Thirds));
        Assert.Equal([1, 2, 1, 2], selected);
        Assert.Equal([0.5f, 0.5f, 0.5f, 0.5f], weights);
        probe.Step(0.125);
    }

    private static bool Observe(RouterProbe router, ReadOnlySpan<float> logits, Span<long> selected, Span<float> weights, ReadOnlySpan<float> scores) => router.Observe(logits, selected, weights, scores, ranked: scores);

    /// <summary>A daemon that says what is recorded, up to the answer of each message that waits.</summary>
    private static async Task<List<(byte[] Body, bool IsBinary)>> PlayAsync(Socket listener)
    {
        using var stream = new NetworkStream(await listener.AcceptAsync(), ownsSocket: true);
        await using var writer = new MessageWriter(stream, () => { });
        var (reader, came, theirs) = (new MessageReader(stream, MessageLimits.Probe), new List<(byte[], bool)>(), new Queue<(byte[] Body, bool IsBinary)>(await MessagesAsync("daemon.bytes")));
        while (await reader.ReadAsync() is { } body)
        {
            came.Add((body, reader.IsBinary));
            for (var key = Key(came[^1]); key is not null;)
            {
                var answer = theirs.Dequeue();
                writer.Send(answer.Body, answer.IsBinary);
                if (Key(answer) == key) break;
            }
        }
        return came;
    }

    /// <summary>What an answer names: the id of a request, or of what is held; null = nothing waits.</summary>
    private static (bool IsVerdict, int Id)? Key((byte[] Body, bool IsBinary) message)
    {
        var json = message.IsBinary ? JsonNode.Parse(BinaryMessage.Read(message.Body).Head.GetRawText())! : JsonNode.Parse(message.Body)!;
        var parameters = message.IsBinary ? json : json["params"];
        if ((bool?)parameters?["held"] == true || (string?)json["method"] == "verdict" || (string?)json["type"] == "verdict") return (true, (int)parameters!["id"]!);
        return !message.IsBinary && json["id"] is { } id ? (false, (int)id) : null;
    }

    private static async Task<List<(byte[] Body, bool IsBinary)>> MessagesAsync(string file)
    {
        var (reader, messages) = (new MessageReader(File.OpenRead(Path.Combine(Repository.Root, "tests/fixtures/probe", file)), MessageLimits.Probe), new List<(byte[], bool)>());
        while (await reader.ReadAsync() is { } body) messages.Add((body, reader.IsBinary));
        return messages;
    }

    private static string Text((byte[] Body, bool IsBinary) message) => (message.IsBinary ? "binary " : "") + Encoding.Latin1.GetString(message.Body);

    private static JsonObject Parameters((byte[] Body, bool IsBinary) message) => JsonNode.Parse(message.Body)!["params"]!.AsObject();
}
