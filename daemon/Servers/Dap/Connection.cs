using MoeDevtools.Debugging;
using MoeDevtools.Messages;
using MoeDevtools.Servers.Dap.Breakpoints;
using MoeDevtools.Servers.Dap.Protocol;
using MoeDevtools.Servers.Dap.Variables;

namespace MoeDevtools.Servers.Dap;

/// <summary>What the request handlers of one client share. Used by one thread at a time, under the server's gate.</summary>
internal sealed class Connection
{
    private readonly List<Task> _disposals = [];

    public Connection(Outbox outbox, DapOptions options)
    {
        (Outbox, Options) = (outbox, options);
        Output = new OutputPump(outbox, TimeProvider.System);
        Breakpoints = new ClientBreakpoints(outbox);
        Filters = new AnomalyFilters(Breakpoints, outbox);
        Events = NewEvents();
    }

    public Outbox Outbox { get; }

    public DapOptions Options { get; }

    public OutputPump Output { get; }

    public Handles Handles { get; } = new();

    public ClientBreakpoints Breakpoints { get; }

    public AnomalyFilters Filters { get; }

    public ClientTraits Traits { get; private set; } = new();

    public SessionEvents Events { get; private set; }

    public Assignments Assignments { get; private set; } = new();

    /// <summary>Null = nothing is opened.</summary>
    public Debuggee? Debuggee { get; private set; }

    /// <summary>What breakpoints bind to; null = nothing yet, or the client wants none.</summary>
    public Debuggee? Bindable { get; private set; }

    public void Initialize(ClientTraits traits, string? locale)
    {
        Traits = Events.Traits = traits;
        Outbox.Translations = Translations.For(locale);
    }

    /// <summary>A client of the next session; the former one tells nothing any more.</summary>
    public SessionEvents NewEvents() => Events = new SessionEvents(Outbox, Output, Handles, Breakpoints, Filters) { Traits = Traits };

    public void Open(Debuggee debuggee, bool noDebug)
    {
        Debuggee = Events.Debuggee = debuggee;
        Bindable = noDebug ? null : debuggee;
        Assignments = new Assignments();
        debuggee.Entry.Changed += OnChanged;
        debuggee.Entry.Brancher = () => Start(Branch());
    }

    /// <summary>Lets go of the session, which ends in the background.</summary>
    /// <param name="before">Something that still uses it; null = nothing does.</param>
    public void CloseSession(Task? before = null)
    {
        Events.Close();
        if (Debuggee is not { } debuggee) return;
        debuggee.Entry.Changed -= OnChanged;
        debuggee.Entry.Brancher = null;
        Options.Registry.Remove(debuggee.Entry);
        (Debuggee, Bindable) = (null, null);
        Handles.Clear();
        Breakpoints.ForgetBound();
        Dispose(debuggee.Launched, before);
    }

    /// <summary>Ends a session in the background.</summary>
    public void Dispose(LaunchedSession launched, Task? before = null) => _disposals.Add(Task.Run(async () =>
    {
        launched.Session.Terminate();
        if (before is not null) await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        launched.Dispose();
    }));

    /// <summary>Ends when every session that was let go of has ended.</summary>
    public Task Disposed => Task.WhenAll(_disposals);

    /// <exception cref="UserError">Nothing is opened.</exception>
    public Debuggee NeedDebuggee() => Debuggee ?? throw new UserError("MOE7008", $"no session is launched.", $"Send launch first.");

    /// <exception cref="UserError">The request names another thread than the one there is.</exception>
    public void NeedThread(Request request)
    {
        var ranks = NeedDebuggee().Session.Source.Ranks;
        if (request.Arguments.NeedInt("threadId") is var thread && (thread < 1 || thread > ranks))
            throw new UserError("MOE7041", $"there is no thread {thread}.", $"threads lists them.");
    }

    /// <exception cref="UserError">Nothing is opened, or it is not stopped.</exception>
    public Stop NeedStop() => NeedDebuggee().Session.Stopped ?? throw NotStopped();

    /// <summary>The session, to change routing in it.</summary>
    /// <exception cref="UserError">Nothing is opened, or it shows the past.</exception>
    public DebugSession NeedPresent()
    {
        var session = NeedDebuggee().Session;
        return session.Stopped is not { IsPast: true } ? session
            : throw new UserError("MOE7016", $"this decision is recorded: it can be looked at and not be changed.", $"Continue to the present first.");
    }

    public Look NeedLook() => new(NeedDebuggee().Launched, NeedStop(), Outbox.Translations);

    /// <summary>A branch at the decision in focus, for <see cref="Start"/>.</summary>
    /// <exception cref="UserError">There can be none here, or the client cannot start it.</exception>
    public StartDebuggingArguments Branch()
    {
        var place = NeedDebuggee().Session.PlaceHere();
        if (!Traits.StartDebugging)
            throw new UserError("MOE7060", $"this editor cannot start another session by itself.", $"Launch another session with the same configuration and \"branch\": {BranchConfiguration.Write(place).ToJsonString()}.");
        return BranchConfiguration.For(Debuggee!, place);
    }

    /// <summary>Asks the client to start another session, over another connection.</summary>
    public void Start(StartDebuggingArguments session) => Outbox.Ask("startDebugging", session, DapJson.Default.StartDebuggingArguments);

    private static UserError NotStopped() => new("MOE7013", $"the model is not stopped.", $"Pause it, or set a breakpoint.");

    /// <summary>Routing was changed, here or by another server: what the client shows is out of date.</summary>
    private void OnChanged()
    {
        if (Traits.Invalidated) Outbox.Event("invalidated", new InvalidatedBody(["variables"], (Debuggee?.Session.Stopped?.Cursor.Rank ?? 0) + 1), DapJson.Default.InvalidatedBody);
        if (!Traits.MemoryEvents || Debuggee?.Session.Stopped is not { } stop) return;
        foreach (var column in MemoryReferences.Columns)
        {
            if (MemoryReferences.Bytes(stop, column) is { } bytes)
                Outbox.Event("memory", new MemoryBody(MemoryReferences.Of(column, Handles.Stop), 0, bytes.Length), DapJson.Default.MemoryBody);
        }
    }
}
