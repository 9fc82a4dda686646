using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Capture;
using MoeDevtools.Capture.Training;
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
    private readonly (FormattableString? Heading, List<ConsoleCommand> Commands)[] _groups;
    private readonly List<ConsoleCommand> _commands;
    private readonly List<string> _stops = [];
    private readonly List<ConsoleSession> _sessions;
    private readonly Func<ModelSession>? _reopen;
    private string _last = "";
    private bool _midLine;

    /// <param name="first">Disposed with the console.</param>
    /// <param name="reopen">Opens the model once more, for a branch; null where there is none.</param>
    public DebugConsole(VerbContext context, ConsoleSession first, Func<ModelSession>? reopen)
    {
        (_context, _reopen, Current, _sessions) = (context, reopen, first, [first]);
        _groups =
        [
            ($"run", [.. new MoveCommands(this).All]),
            ($"past", [.. new TimeCommands(this).All]),
            ($"stop", [.. new BreakpointCommands(this).All]),
            ($"look", [.. new LookCommands(this).All]),
            ($"change", [.. new ChangeCommands(this).All]),
            (null, [.. new HelpCommands(this).All]),
        ];
        _commands = [.. _groups.SelectMany(group => group.Commands)];
    }

    /// <summary>The session that commands speak to.</summary>
    public ConsoleSession Current { get; private set; }

    public IReadOnlyList<ConsoleSession> Sessions => _sessions;

    public DebugSession Session => Current.Session;

    /// <summary>Cancelled when the program is to end.</summary>
    public CancellationToken Cancel => _context.Cancel;

    public Screen Screen => _context.Screen;

    public IReadOnlyList<ConsoleCommand> Commands => _commands;

    /// <summary>The commands by what they are for, in the order of the help.</summary>
    public IReadOnlyList<(FormattableString? Heading, List<ConsoleCommand> Commands)> Groups => _groups;

    /// <summary>Lines that were entered, oldest first.</summary>
    public List<string> Entered { get; } = [];

    /// <summary>One line a stop, oldest first.</summary>
    public IReadOnlyList<string> Stops => _stops;

    /// <summary>What Ctrl-C does while it runs, in place of a pause; false = what it does elsewhere.</summary>
    public Func<bool>? Interrupt { get; init; }

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
            if (command.Names[0] is "over" or "into" or "out" or "continue" or "back" or "reverse") _last = line;
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

    /// <summary>Starts the run, or goes on from a stop, and shows what happens until it stands still again. A step starts it at its first router.</summary>
    /// <exception cref="UserError">The run has ended.</exception>
    public void Go(StepKind kind)
    {
        if (Current.Ended && Session.Stopped is null or { Reason: StopReason.End }) throw new UserError("MOE9210", $"the run has ended.", $"restart runs it again.");
        if (Session.State == SessionState.Idle) Current.Start(stopAtFirst: kind != StepKind.Continue);
        else Session.Resume(kind);
        Wait();
    }

    /// <summary>Runs again from the start and shows what happens until it stands still.</summary>
    public void Restart()
    {
        EndLine();
        (Current.Ended, Current.Generated) = (false, 0);
        Current.ShownErrors.Clear();
        if (Session.State == SessionState.Idle && Session.Totals.All(t => t.Tokens == 0)) Current.Start(stopAtFirst: false);
        else Session.Restart();
        Wait();
    }

    /// <summary>Goes to a recorded decision and shows it.</summary>
    public void Travel(Action move)
    {
        move();
        Wait();
    }

    /// <summary>Starts a branch at the decision in focus, with the same breakpoints and filters, and goes there.</summary>
    /// <exception cref="UserError">It cannot branch here.</exception>
    public void Branch()
    {
        var branch = Session.BranchFromHere();
        var session = new ConsoleSession(_reopen!(), branch.Request, Current.Recording?.Branch(_sessions.Count), branch: branch);
        foreach (var breakpoint in Session.Breakpoints.All.Where(b => b.Enabled)) session.Session.Breakpoints.Add(breakpoint.Spec);
        Session.Filters.CopyTo(session.Session.Filters);
        _sessions.Add(session);
        Current = session;
        Screen.WriteParagraph(Screen.Text($"session {_sessions.Count - 1}: {session.Words}"), 2);
        session.Start(stopAtFirst: false);
        Wait();
    }

    /// <exception cref="UserError">There is no such session.</exception>
    public void SwitchTo(int number)
    {
        if (number < 0 || number >= _sessions.Count)
            throw new UserError("MOE9211", $"there is no session {number}.", $"There are sessions 0 to {_sessions.Count - 1}; branch starts another.");
        Current = _sessions[number];
    }

    /// <summary>Shows events until the next stop or the end. Ctrl-C pauses the model; a second one, before it stands, ends the program.</summary>
    private void Wait()
    {
        var interrupts = 0;
        using var interception = _context.Interrupts.Intercept(Interrupt ?? (() =>
        {
            if (Interlocked.Increment(ref interrupts) > 1) return false;
            Session.Pause();
            return true;
        }));
        while (true)
        {
            switch (Current.Client.Take(_context.Cancel))
            {
                case Stop { Reason: StopReason.End }:
                    EndLine();
                    ShowEnd(null);
                    ShowConditionErrors();
                    return;
                case Stop stop:
                    EndLine();
                    var why = stop.Hits.Count > 0 ? stop.Hits[0].Facts
                        : stop.Reason switch { StopReason.Step => (FormattableString)$"step", StopReason.Pause => $"pause", StopReason.Anomaly => $"anomaly", _ => $"entry" };
                    if (!stop.IsPast) _stops.Add(Screen.Text($"step {stop.Cursor.Step} {stop.Router.Name} row {stop.Row}: {why}"));
                    Show(stop);
                    ShowConditionErrors();
                    return;
                case ConsoleClient.Ended ended:
                    EndLine();
                    ShowEnd(ended.Error);
                    ShowConditionErrors();
                    return;
                case GeneratedToken token:
                    Current.Generated++;
                    if (token.Text is null) break;
                    if (!_midLine) Screen.Write(new Styled(Screen.Text($"text: "), Tone.Dim));
                    Screen.Write(new Styled(VisibleText.Escape(token.Text), Tone.Dim));
                    _midLine = true;
                    break;
                case SequenceResult:
                    EndLine();
                    break;
                case UserError failed:
                    EndLine();
                    ErrorReport.Write(failed, Screen, json: null);
                    break;
                case FormattableString notice:
                    EndLine();
                    Screen.WriteParagraph(VisibleText.Escape(Screen.Translations.Text(notice)), 2, Tone.Anomaly);
                    break;
                case Breakpoints.LogLine log:
                    EndLine();
                    Screen.WriteLine(new Styled("» ", Tone.Dim), VisibleText.Escape(log.Text));
                    break;
            }
        }
    }

    public void Show(Stop stop) =>
        StopView.Write(Screen, Session, stop, Current.Text.Before(stop.Batch.Pass.Rows.Sequence[stop.Row], stop.Batch.Pass.Rows.Position[stop.Row]), moves: true);

    /// <exception cref="UserError">The model runs or has not started.</exception>
    public Stop Stopped => Session.Stopped is { Reason: not StopReason.End } stop ? stop : throw new UserError("MOE9203", $"the model is not stopped.", $"continue runs it to a breakpoint, into to its first router; after the end restart does.");

    public void Dispose()
    {
        // A branch reads the recording that it began from, which closes as one file once nobody reads it.
        foreach (var session in Enumerable.Reverse(_sessions)) session.Dispose();
    }

    private void ShowEnd(Exception? error)
    {
        if (error is UserError user) ErrorReport.Write(user, Screen, json: null);
        else if (error is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
        Failed |= error is not null;
        Current.Ended = true;
        if (Current.Source is ProbeSession)
        {
            Screen.WriteLine(new Styled(Screen.Text($"■ ended"), Tone.Heading));
            return;
        }
        var generated = Numbers.Count(Current.Generated);
        Screen.WriteHeaded(new Styled(Screen.Text($"■ ended"), Tone.Heading), Screen.Text(Session.CanGoBack
            ? (FormattableString)$"generated tokens: {generated}; list shows the routers' loads, back and reverse look at what was recorded, restart runs it again"
            : $"generated tokens: {generated}; list shows the routers' loads, restart runs it again"));
    }

    /// <summary>A condition that failed to evaluate is told once for each further run of failures.</summary>
    private void ShowConditionErrors()
    {
        foreach (var breakpoint in Session.Breakpoints.All)
        {
            if (breakpoint.Errored == 0 || Current.ShownErrors.TryGetValue(breakpoint.Id, out var shown) && shown == breakpoint.Errored) continue;
            var first = !Current.ShownErrors.ContainsKey(breakpoint.Id);
            Current.ShownErrors[breakpoint.Id] = breakpoint.Errored;
            if (first)
                Screen.WriteParagraph(Screen.Text($"breakpoint {breakpoint.Id}: {breakpoint.LastError} of its condition, which is then neither true nor false (explain {breakpoint.Id})"), 2, Tone.Anomaly);
        }
    }

    private void ShowError(UserError error, string line, string rest)
    {
        if (error is ConditionError condition) ErrorPointer.Write(Screen, line, line.Length - Counted(line, rest).Length, condition);
        ErrorReport.Write(error, Screen, json: null);
    }

    /// <summary>The part of the arguments that columns count in: condition and hits have a number before it.</summary>
    private string Counted(string line, string rest) =>
        Find(line.Split(' ')[0]).Names[0] is "condition" or "hits" && rest.IndexOf(' ', StringComparison.Ordinal) is var space and > 0 ? rest[(space + 1)..].TrimStart() : rest;

    private void EndLine()
    {
        if (_midLine) Screen.WriteLine("");
        _midLine = false;
    }
}
