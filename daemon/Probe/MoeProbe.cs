using System.Globalization;
using System.Net.Sockets;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using MoeDevtools.Wire;

namespace MoeDevtools.Probe;

/// <summary>
/// Tells a debugger what the routers of a model decide while this program trains it, and waits where the debugger stops. For the thread that trains; a process, or a rank of one, has one.
/// Without a debugger nothing is copied and nothing waits, and the numbers of the training are the same with and without it.
/// </summary>
/// <remarks>
/// In the order of the program: <see cref="Router"/> for each router of the model, then in each step <see cref="BeginPass{T}"/>, <see cref="RouterProbe.Observe"/> where a router decides, and <see cref="Step"/> before the
/// optimizer's step. The lines that call <c>Observe</c> are known after the first pass: what stops in it shows what was decided and cannot change it.
/// </remarks>
public sealed partial class MoeProbe : IDisposable
{
    private readonly ProcessDescription _process;
    private readonly List<RouterProbe> _routers = [];
    private readonly List<(Decision Decision, bool IsFinite)> _first = [];   // of the pass after which the routers are described
    private readonly Lock _gate = new();                                     // guards the next two, and changes of _client
    private readonly ManualResetEventSlim _hasClient = new();
    private Listener? _listener;
    private bool _isOver;
    private volatile bool _isLeftHeld;                                       // the debugger has gone, and the program waits for the next at its next pass
    private volatile ProbeClient? _client;
    private volatile CallSite? _place;
    private bool _linesAreKnown;                                             // a pass is over in which routers decided
    private bool _hasNews;
    private int _passes;
    private int _microBatches;
    private long _lastId;
    private int? _lastRouter;

    private MoeProbe(ProcessDescription process)
    {
        _process = process;
        PadTokenId = ProcessDescription.Variable("MOE_DEVTOOLS_PAD_ID");
        AppDomain.CurrentDomain.UnhandledException += OnException;
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    /// <summary>
    /// The probe of this process. Calls the debugger that started the program (<c>moe-devtools run-training</c>, or an editor); without one it waits to be attached to, and the training goes on.
    /// </summary>
    /// <param name="framework">What the program trains with, "TorchSharp 0.105"; shown beside the session.</param>
    /// <param name="address">Of a debugger, <c>unix:PATH</c> or <c>tcp:127.0.0.1:PORT</c>; null = that of <c>MOE_DEVTOOLS_PROBE</c>.</param>
    /// <param name="token">Over TCP; null = that of <c>MOE_DEVTOOLS_PROBE_TOKEN</c>.</param>
    public static MoeProbe Connect(string? framework = null, string? address = null, string? token = null)
    {
        var probe = new MoeProbe(ProcessDescription.Of(framework));
        address ??= Environment.GetEnvironmentVariable("MOE_DEVTOOLS_PROBE");
        if (string.IsNullOrEmpty(address))
        {
            probe.Listen();
            return probe;
        }
        try
        {
            probe.Greet(ProbeClient.Connect(address), token ?? Environment.GetEnvironmentVariable("MOE_DEVTOOLS_PROBE_TOKEN"));
        }
        catch (Exception error) when (error is SocketException or ProbeLostException or ArgumentException)
        {
            Warn($"no daemon at {address} ({error.Message}). The training goes on without it.");
            probe.Listen();
        }
        return probe;
    }

    /// <summary>A debugger listens.</summary>
    public bool IsAttached => _client is not null;

    /// <summary>The token that is padding; null = padding is unknown where a pass does not say it. At first that of the debugger's <c>padTokenId</c>.</summary>
    public int? PadTokenId { get; set; }

    /// <summary>The step that the program is in. Counted from 1; a program that goes on from a checkpoint sets it.</summary>
    public long CurrentStep { get; set; } = 1;

    internal Pass? Pass { get; private set; }

    /// <summary>Where the program called the probe last.</summary>
    internal CallSite? Place
    {
        get => _place;
        set => _place = value;
    }

    /// <summary>A router of the model. Named once, in the order of the forward pass, before the first pass; one that is named later comes after the others, and is described after its first pass.</summary>
    /// <param name="name">Its path in the model: "layers.0.moe.gate". The first number in it is its layer.</param>
    /// <param name="experts">N.</param>
    /// <param name="k">Experts that a row chooses.</param>
    /// <param name="rule">How it decides; null = not said. A change is decided by it.</param>
    /// <param name="takesEmptySlots">The program passes by a slot that holds -1, so that an expert can be taken out without another in its place.</param>
    /// <param name="aliases">Other names by which people may call it.</param>
    public RouterProbe Router(string name, int experts, int k, RouterRule? rule = null, bool takesEmptySlots = false, params IReadOnlyList<string> aliases)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(experts, k);
        if (_routers.Exists(router => router.Name == name)) throw new ArgumentException($"There is a router {name} already.", nameof(name));
        var added = new RouterProbe(this, _routers.Count, name, experts, k, rule, takesEmptySlots, aliases);
        _routers.Add(added);
        return added;
    }

    /// <summary>A forward pass begins, of whose rows nothing is known.</summary>
    /// <param name="training">False = an evaluation.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="function">Filled in by the compiler.</param>
    public void BeginPass(bool training = true, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string function = "")
    {
        At(file, line, function);
        Begin(training, isSaid: true);
    }

    /// <summary>A forward pass begins. A router whose batch has as many rows as there are ids decides for these tokens, in this order.</summary>
    /// <param name="tokenIds"><c>[sequences, length]</c>, row by row.</param>
    /// <param name="sequences">They are equally long.</param>
    /// <param name="padding"><c>[sequences, length]</c>; empty = what <see cref="PadTokenId"/> tells.</param>
    /// <param name="training">False = an evaluation.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="function">Filled in by the compiler.</param>
    /// <exception cref="ArgumentException">The lengths do not fit together. Thrown whether or not a debugger listens.</exception>
    public void BeginPass<T>(
        ReadOnlySpan<T> tokenIds, int sequences = 1, ReadOnlySpan<bool> padding = default, bool training = true,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string function = "")
        where T : unmanaged, IBinaryInteger<T>
    {
        if (sequences < 1 || tokenIds.Length % sequences != 0) throw new ArgumentException($"{tokenIds.Length} tokens are not {sequences} sequences of one length.", nameof(sequences));
        if (!padding.IsEmpty && padding.Length != tokenIds.Length) throw new ArgumentException($"There are {tokenIds.Length} tokens and {padding.Length} of padding.", nameof(padding));
        At(file, line, function);
        var pass = Begin(training, isSaid: true);
        pass.Rows = tokenIds.Length;
        if (_client is null) return;
        var (rows, length) = (tokenIds.Length, tokenIds.Length / sequences);
        var ids = new int[rows];
        for (var row = 0; row < rows; row++) ids[row] = int.CreateTruncating(tokenIds[row]);
        var columns = new List<WrittenColumn>(4)
        {
            WrittenColumn.Of("sequence", Array.ConvertAll(Enumerable.Range(0, rows).ToArray(), row => row / length), rows),
            WrittenColumn.Of("position", Array.ConvertAll(Enumerable.Range(0, rows).ToArray(), row => row % length), rows),
            WrittenColumn.Of("token_id", ids, rows),
        };
        if (!padding.IsEmpty) columns.Add(WrittenColumn.Of("padding", MemoryMarshal.AsBytes(padding), rows));
        else if (PadTokenId is { } pad) columns.Add(WrittenColumn.Of("padding", Array.ConvertAll(ids, id => (byte)(id == pad ? 1 : 0)), rows));
        pass.Columns = columns;
    }

    /// <summary>The gradients of a step are there: called before the optimizer's step. Waits where the debugger stops between steps.</summary>
    /// <param name="loss">Of the step; null = not known.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <param name="function">Filled in by the compiler.</param>
    public void Step(double? loss = null, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string function = "")
    {
        At(file, line, function);
        EndPass();
        if (_client is { IsDescribed: true } client) SendStep(client, loss);
        foreach (var router in _routers) router.Weight = null;
        _passes = _microBatches = 0;
        CurrentStep++;
    }

    /// <summary>Says goodbye to the debugger, and is not attached to any more.</summary>
    public void Dispose()
    {
        EndPass();
        Close("exit");
        AppDomain.CurrentDomain.UnhandledException -= OnException;
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
    }

    /// <summary>A router decides. The debugger that is told; null = there is none, or it came into the middle of this pass.</summary>
    internal ProbeClient? Enter(RouterProbe router)
    {
        var decides = Pass?.Decides(router.Index) ?? false;
        if (!decides && Pass is not { IsSaid: true }) Begin(training: true, isSaid: false).Decides(router.Index);
        _lastRouter = router.Index;
        return _client is { } client && (client.IsDescribed || !_linesAreKnown) ? client : null;
    }

    /// <summary>Sends a decision, or keeps it until the routers are described, and waits where the debugger holds it.</summary>
    /// <returns>A changed decision; null = go on as it is.</returns>
    internal (long Id, BinaryMessage Columns)? Take(ProbeClient client, Decision decision, bool isFinite)
    {
        if (client.Knows(decision.Router.Index)) return Send(client, decision, isFinite);
        _first.Add((decision, isFinite));
        return null;
    }

    /// <summary>The description of the routers is not what it was.</summary>
    internal void HasNews() => _hasNews = true;

    private static void Warn(string what) =>
#pragma warning disable RS0030 // The program is the user's, and its stderr is where it says things.
        Console.Error.WriteLine($"moe-devtools: {what}");
#pragma warning restore RS0030

    private void At(string file, int line, string function)
    {
        if (_place is not { } place || place.Line != line || place.Path != file) _place = new CallSite(file, line, function);
    }

    private Pass Begin(bool training, bool isSaid)
    {
        EndPass();
        if (_isLeftHeld) AwaitAnother();
        var pass = new Pass(CurrentStep, _passes++, _microBatches, training) { IsSaid = isSaid };
        if (training) _microBatches++;
        return Pass = pass;
    }

    /// <summary>Also where a debugger that has come meanwhile hears of the routers.</summary>
    private void EndPass()
    {
        _linesAreKnown |= Pass is { HasDecisions: true };
        Pass = null;
        if (!_linesAreKnown || _client is not { } client || (client.IsDescribed && !_hasNews)) return;
        (client.Described, _hasNews) = (_routers.Count, false);
        try
        {
            client.Ask("routers", WriteRouters);
        }
        catch (ProbeLostException)
        {
            // Said already, or the daemon does not want to know.
        }
        foreach (var (decision, isFinite) in _first)
            if (Send(client, decision, isFinite) is { } changed) RouterProbe.Refuse(client, changed.Id, "the first pass is over: only after it the lines of the routers are known");
        _first.Clear();
    }

    private (long Id, BinaryMessage Columns)? Send(ProbeClient client, Decision decision, bool isFinite)
    {
        var (arming, pass, router) = (client.Arming, decision.Pass, decision.Router.Index);
        var held = arming.Holds(router) || (arming.StopsAtNotFinite && !isFinite);
        if (!held && !arming.Captures(router)) return null;
        if (!held && !client.HasRoom)
        {
            client.Dropped++;
            return null;
        }
        SendRows(client, pass, decision.Tokens);
        var (id, columns) = (++_lastId, decision.Columns.Where(column => arming.Wants(column.Name)).ToList());
        var message = BinaryMessage.Write(
            head =>
            {
                head.WriteString("type", "batch");
                head.WriteNumber("id", id);
                head.WriteNumber("router", router);
                WritePlace(head, pass);
                head.WriteBoolean("held", held);
                head.WriteNumber("tokens", decision.Tokens);
                head.WriteNumber("microBatch", pass.MicroBatch);
                if (pass.Rows != decision.Tokens) head.WriteBoolean("rows", false);
                head.WriteNumber("slots", decision.Router.K);
                head.WriteStartArray("derived");
                head.WriteEndArray();
            },
            columns);
        if (held) return Hold(client, id, message, binary: true) is { } changed ? (id, changed) : null;
        client.Send(message, binary: true);
        return null;
    }

    private void SendRows(ProbeClient client, Pass pass, int tokens)
    {
        if (pass.Told == client) return;
        pass.Told = client;
        pass.Rows ??= tokens;
        client.Send(
            BinaryMessage.Write(
                head =>
                {
                    head.WriteString("type", "rows");
                    WritePlace(head, pass);
                    head.WriteNumber("rows", pass.Rows.Value);
                },
                pass.Columns),
            binary: true);
    }

    private void SendStep(ProbeClient client, double? loss)
    {
        var (id, held) = (++_lastId, client.Arming.HoldsSteps);
        var message = Json.Notification("step", step =>
        {
            step.WriteNumber("id", id);
            step.WriteNumber("step", CurrentStep);
            step.WriteNumber("rank", _process.Rank);
            step.WriteBoolean("held", held);
            step.WriteNumber("microBatches", _microBatches);
            step.WriteNumber("dropped", client.Dropped);
            step.WriteStartArray("routers");
            foreach (var router in _routers)
            {
                if (router.Weight is not { } weight) continue;
                step.WriteStartObject();
                step.WriteNumber("router", router.Index);
                step.WriteString("checksum", weight.Checksum);
                step.WriteBoolean("gradient", weight.HasGradient);
                step.WriteEndObject();
            }
            step.WriteEndArray();
            if (loss is { } value && double.IsFinite(value)) step.WriteNumber("loss", value);      // JSON has no NaN
        });
        client.Dropped = 0;
        if (held) Hold(client, id, message, binary: false);
        else client.Send(message);
    }

    private BinaryMessage? Hold(ProbeClient client, long id, ReadOnlyMemory<byte> message, bool binary)
    {
        try
        {
            return client.Hold(id, message, binary);
        }
        catch (ProbeLostException)
        {
            if (client.KeepsHeld) AwaitAnother();
            return null;                                                     // said already; the training goes on
        }
    }

    /// <summary>Held by nobody, until another debugger takes it over.</summary>
    private void AwaitAnother()
    {
        if (_listener is null) return;                                       // said already
        Warn($"this program waits to be attached to: moe-devtools attach {Environment.ProcessId}");
        _hasClient.Wait();
    }

    private void WritePlace(Utf8JsonWriter head, Pass pass)
    {
        head.WriteNumber("step", pass.Step);
        head.WriteNumber("pass", pass.Number);
        head.WriteString("phase", pass.Phase);
        head.WriteNumber("rank", _process.Rank);
    }

    /// <summary>Layer and stack are read out of a name; one without a number is the layer of its place in the order.</summary>
    private void WriteRouters(Utf8JsonWriter parameters)
    {
        var counts = new Dictionary<(string, int), int>();
        parameters.WriteStartArray("routers");
        foreach (var router in _routers)
        {
            var parts = router.Name.Split('.');
            var stack = parts.Contains("encoder") ? "encoder" : "decoder";
            var layer = parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (int?)null).FirstOrDefault(number => number is not null) ?? router.Index;
            var ordinal = counts.GetValueOrDefault((stack, layer));
            counts[(stack, layer)] = ordinal + 1;
            parameters.WriteStartObject();
            router.Write(parameters, layer, ordinal, stack);
            parameters.WriteEndObject();
        }
        parameters.WriteEndArray();
        foreach (var nothing in (string[])["skipped", "notes"])
        {
            parameters.WriteStartArray(nothing);
            parameters.WriteEndArray();
        }
    }

    /// <summary>Another thread's frames cannot be read in .NET; the line of the last call is where the program was seen last.</summary>
    private void WriteStack(Utf8JsonWriter answer)
    {
        answer.WriteStartObject("result");
        answer.WriteStartArray("threads");
        if (_place is { } place)
        {
            answer.WriteStartObject();
            answer.WriteString("name", "last call of the probe");
            answer.WriteStartArray("frames");
            WriteFrame(answer, place);
            answer.WriteEndArray();
            answer.WriteEndObject();
        }
        answer.WriteEndArray();
        answer.WriteEndObject();
    }

    private static void WriteFrame(Utf8JsonWriter frames, CallSite site)
    {
        frames.WriteStartObject();
        frames.WriteString("path", site.Path);
        frames.WriteNumber("line", site.Line);
        frames.WriteString("function", site.Function);
        frames.WriteEndObject();
    }
}
