using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Host.Runs;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Host.Verbs;
using MoeDevtools.Host.Views;
using MoeDevtools.Messages;

namespace MoeDevtools.Host.Debugger;

/// <summary>
/// The interactive console, in the manner of dlv and gdb: reads commands, runs them, shows what happens. Commands come from a person, a file or a pipe.
/// </summary>
internal sealed class DebugConsole : IDisposable
{
    private readonly VerbContext _context;
    private readonly ConsoleClient _client;
    private readonly TextSoFar _text;
    private readonly List<ConsoleCommand> _commands;
    private readonly List<string> _stops = [];
    private readonly Dictionary<int, long> _shownErrors = [];
    private string _last = "";
    private bool _midLine;

    public DebugConsole(VerbContext context, ModelSession model, RunRequest request)
    {
        _context = context;
        _text = new TextSoFar(model);
        _client = new ConsoleClient(_text);
        Request = request;
        Session = new DebugSession(model, _client, new DebugOptions { Interactive = true });
        _commands =
        [
            .. new MoveCommands(this).All,
            .. new BreakpointCommands(this).All,
            .. new LookCommands(this).All,
            .. new ChangeCommands(this).All,
            .. new HelpCommands(this).All,
        ];
    }

    public DebugSession Session { get; }

    public RunRequest Request { get; }

    public Screen Screen => _context.Screen;

    public IReadOnlyList<ConsoleCommand> Commands => _commands;

    /// <summary>Lines that were entered, oldest first.</summary>
    public List<string> Entered { get; } = [];

    /// <summary>One line a stop, oldest first.</summary>
    public IReadOnlyList<string> Stops => _stops;

    /// <summary>Set by <c>quit</c>.</summary>
    public bool Quitting { get; set; }

    /// <summary>True once a command failed; a script of commands then ends with exit code 2.</summary>
    public bool Failed { get; private set; }

    /// <summary>Runs one line. Errors are shown, never thrown; an empty line repeats a step.</summary>
    public void Execute(string line)
    {
        line = line.Trim();
        if (line.StartsWith('#')) return;
        if (line.Length == 0)
        {
            if (_last.Length == 0) return;
            line = _last;
        }
        else Entered.Add(line);
        _last = "";
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var (name, rest) = space < 0 ? (line, "") : (line[..space], line[(space + 1)..].Trim());
        try
        {
            var command = Find(name);
            command.Run(rest);
            if (command.Names[0] is "over" or "into" or "out" or "continue") _last = line;
        }
        catch (UserError error)
        {
            Failed = true;
            ShowError(error, line, rest);
        }
        _context.Cancel.ThrowIfCancellationRequested();
    }

    /// <exception cref="UserError">No command is called this, or several begin with it.</exception>
    public ConsoleCommand Find(string name)
    {
        if (_commands.Find(c => c.Names.Contains(name)) is { } exact) return exact;
        var begin = _commands.Where(c => c.Names[0].StartsWith(name, StringComparison.Ordinal)).ToList();
        return begin.Count switch
        {
            1 => begin[0],
            0 => throw new UserError("MOE9201", $"there is no command \"{name}\".", $"Type help for the list."),
            _ => throw new UserError("MOE9202", $"\"{name}\" may be {string.Join(" or ", begin.Select(c => c.Names[0]))}.", $"Write more of it."),
        };
    }

    /// <summary>Starts the run, or goes on from a stop, and shows what happens until it stands still again.</summary>
    public void Go(StepKind kind)
    {
        if (Session.State == SessionState.Idle) Session.Start(Request);
        else Session.Resume(kind);
        Wait();
    }

    /// <summary>Shows events until the next stop or the end. Ctrl-C pauses the model.</summary>
    public void Wait()
    {
        using var interception = _context.Interrupts.Intercept(() =>
        {
            Session.Pause();
            return true;
        });
        while (true)
        {
            switch (_client.Take(_context.Cancel))
            {
                case Stop stop:
                    EndLine();
                    _stops.Add($"step {stop.Cursor.Step} {stop.Router.Name} row {stop.Row}: {(stop.Hits.Count > 0 ? stop.Hits[0].Text : stop.Reason.ToString().ToLowerInvariant())}");
                    Show(stop);
                    ShowConditionErrors();
                    return;
                case ConsoleClient.Ended ended:
                    EndLine();
                    ShowEnd(ended.Error);
                    ShowConditionErrors();
                    return;
                case GeneratedToken token when token.Text is not null:
                    Screen.Write(new Styled(VisibleText.Escape(token.Text), Tone.Dim));
                    _midLine = true;
                    break;
                case SequenceResult:
                    EndLine();
                    break;
                case Breakpoints.LogLine log:
                    EndLine();
                    Screen.WriteLine(new Styled("» ", Tone.Dim), VisibleText.Escape(log.Text));
                    break;
                default: break; // a token without text
            }
        }
    }

    public void Show(Stop stop) =>
        StopView.Write(Screen, Session, stop, _text.Before(stop.Batch.Pass.Rows.Position[stop.Row]), moves: true);

    /// <exception cref="UserError">The model runs or has not started.</exception>
    public Stop Stopped => Session.Stopped ?? throw new UserError("MOE9203", $"the model is not stopped.", $"Set a breakpoint and continue, or step into the first router with into.");

    public void Dispose()
    {
        Session.Dispose();
        _client.Dispose();
    }

    private void ShowEnd(Exception? error)
    {
        if (error is UserError user) ErrorReport.Write(user, Screen, json: null);
        else if (error is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
        Failed |= error is not null;
        Screen.WriteLine(new Styled("■ ended", Tone.Heading), "  restart runs it again, list shows the routers' loads");
    }

    /// <summary>A condition that failed to evaluate is told once for each further run of failures.</summary>
    private void ShowConditionErrors()
    {
        foreach (var breakpoint in Session.Breakpoints.All)
        {
            if (breakpoint.Errored == 0 || _shownErrors.TryGetValue(breakpoint.Id, out var shown) && shown == breakpoint.Errored) continue;
            var first = !_shownErrors.ContainsKey(breakpoint.Id);
            _shownErrors[breakpoint.Id] = breakpoint.Errored;
            if (first) Screen.WriteParagraph($"breakpoint {breakpoint.Id}: {breakpoint.LastError}; neither true nor false (explain {breakpoint.Id})", 2, Tone.Anomaly);
        }
    }

    private void ShowError(UserError error, string line, string rest)
    {
        if (error is ConditionError condition && line.EndsWith(rest, StringComparison.Ordinal))
        {
            var column = line.Length - rest.Length + condition.Column - 1;
            Screen.WriteErrorLine("  " + VisibleText.Escape(line));
            Screen.WriteErrorLine("  " + new string(' ', Math.Max(0, column)) + new string('^', Math.Max(1, condition.Length)));
        }
        ErrorReport.Write(error, Screen, json: null);
    }

    private void EndLine()
    {
        if (_midLine) Screen.WriteLine("");
        _midLine = false;
    }
}
