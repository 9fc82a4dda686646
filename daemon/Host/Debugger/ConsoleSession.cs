using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Host.Runs;

namespace MoeDevtools.Host.Debugger;

/// <summary>One session of the console, the first or a branch, with what belongs to its run.</summary>
internal sealed class ConsoleSession : IDisposable
{
    private readonly Branch? _branch;
    private readonly Recording? _recording;

    /// <param name="source">Disposed with this.</param>
    /// <param name="request">What to run.</param>
    /// <param name="recording">Where; null = nothing is recorded. Disposed with this.</param>
    /// <param name="branch">What it goes on from; null = it begins at the start.</param>
    public ConsoleSession(IRoutingSource source, RunRequest request, Recording? recording, RecordedRouting? forced = null, Branch? branch = null)
    {
        (Source, Request, _recording, _branch) = (source, request, recording, branch);
        Text = new TextSoFar(source, request.From);
        Client = new ConsoleClient(Text);
        Session = new DebugSession(source, Client, new DebugOptions
        {
            Interactive = true,
            HoldAtEnd = recording is not null || source.Recording is not null,
            Record = recording is null ? null : () => recording.Start(source, Request),
            Forced = forced,
        });
    }

    public IRoutingSource Source { get; }

    public RunRequest Request { get; }

    public Recording? Recording => _recording;

    public TextSoFar Text { get; }

    public ConsoleClient Client { get; }

    public DebugSession Session { get; }

    /// <summary>The run came to its end; only restart starts it again.</summary>
    public bool Ended { get; set; }

    /// <summary>Tokens since the start.</summary>
    public int Generated { get; set; }

    /// <summary>Errors of conditions that were told, by breakpoint.</summary>
    public Dictionary<int, long> ShownErrors { get; } = [];

    /// <summary>What it is, in a line: the start, or the decision that it branched from.</summary>
    public FormattableString Words => _branch is null ? (FormattableString)$"from the start" : $"branch from step {_branch.Place.At.Step}, {Session.Routers[_branch.Place.At.Router].Name}";

    public void Start(bool stopAtFirst)
    {
        if (_branch is null) Session.Start(Request, stopAtFirst);
        else Session.Start(_branch);
    }

    public void Dispose()
    {
        Session.Dispose();
        Client.Dispose();
        _recording?.Dispose();
        Source.Dispose();
    }
}
