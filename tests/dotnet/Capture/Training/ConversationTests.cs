using System.Net.Sockets;
using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Capture.Training;
using MoeDevtools.Debugging;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Tests.Debugging;
using MoeDevtools.Tests.House;
using MoeDevtools.Wire;

namespace MoeDevtools.Tests.Capture.Training;

/// <summary>
/// The whole conversation of the protocol page: a daemon that gets tests/fixtures/probe/probe.bytes, which the Python probe's tests write, says daemon.bytes, which both probes' tests read. MOE_WRITE_DOCS=1 writes
/// daemon.bytes anew.
/// </summary>
public sealed class ConversationTests
{
    private const int Answers = 7;

    [Fact]
    public async Task ADaemon_AnswersTheRecordedProgram_ByteForByte()
    {
        var address = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var log = new System.Collections.Concurrent.ConcurrentBag<string>();
        var opening = Task.Run(() => ProbeSession.Open(new ProbeOptions
        {
            Name = "recorded",
            Start = environment =>
            {
                address.SetResult(environment.First().Value);
                return null;
            },
            Log = log.Add,
        }));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint((await address.Task)["unix:".Length..]));
        socket.Send(File.ReadAllBytes(Golden("probe.bytes")));

        using var source = await opening;
        var client = new WaitingClient();
        using var session = new DebugSession(source, client, new DebugOptions { Columns = RoutingColumns.All });
        session.Start(new RunRequest { Sequences = [] });

        var stop = client.NextStop();
        Assert.Equal(("nan_logits", 2L, 2), (Assert.Single(stop.Anomalies).Id, stop.Cursor.Step, stop.Batch.Tokens));
        Assert.Equal([5, 0], stop.Batch.Pass.Rows.TokenId[..2]);
        Assert.Equal([false, true], stop.Batch.Pass.Rows.Padding[..2]);
        Assert.Equal([0.75f, 0.25f], stop.Batch.WeightsOf(0).ToArray());
        session.Breakpoints.Add(BreakpointSpec.Parse("L0 if step == 3"));
        session.Resume();

        stop = client.NextStop();
        Assert.Equal((3L, Phase.Train), (stop.Cursor.Step, stop.Batch.Pass.Phase));
        session.Intervene(new InterventionParser((_, _) => throw new InvalidOperationException()).ParseSet("L0: mask 0"), once: true);
        session.Resume();

        var said = await ReadAsync(socket);
        if (Environment.GetEnvironmentVariable("MOE_WRITE_DOCS") is not null) File.WriteAllBytes(Path.Combine(Repository.Root, "tests/fixtures/probe/daemon.bytes"), said);
        Assert.Equal(System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(Golden("daemon.bytes"))), System.Text.Encoding.Latin1.GetString(said));
        socket.Dispose();
        Assert.Null(client.End());
        Assert.Empty(log);
        Assert.Equal([2L, 6, 4], session.Totals[0].Counts.ToArray());
    }

    private static string Golden(string name) => Path.Combine(Repository.Root, "tests/fixtures/probe", name);

    /// <summary>What the daemon sends, until all of its answers are there.</summary>
    private static async Task<byte[]> ReadAsync(Socket socket)
    {
        var (all, chunk) = (new MemoryStream(), new byte[4096]);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await CountAsync(new MemoryStream(all.ToArray())) < Answers)
        {
            try
            {
                all.Write(chunk.AsSpan(0, await socket.ReceiveAsync(chunk, patience.Token)));
            }
            catch (OperationCanceledException)
            {
                Assert.Fail("the daemon said no more than " + System.Text.Encoding.Latin1.GetString(all.ToArray()));
            }
        }
        return all.ToArray();

        static async Task<int> CountAsync(Stream stream)
        {
            var reader = new MessageReader(stream, MessageLimits.Probe);
            for (var count = 0; ; count++)
            {
                try
                {
                    if (await reader.ReadAsync() is null) return count;
                }
                catch (FramingException)
                {
                    return count;       // cut off
                }
            }
        }
    }
}
