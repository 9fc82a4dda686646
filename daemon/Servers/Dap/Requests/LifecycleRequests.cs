using System.Security.Cryptography;
using System.Text;
using MoeDevtools.Capture;
using MoeDevtools.Capture.Training;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;
using MoeDevtools.Servers.Dap.Breakpoints;
using MoeDevtools.Servers.Dap.Protocol;

namespace MoeDevtools.Servers.Dap.Requests;

/// <summary>The beginning and the end: initialize, launch, restart, disconnect and what belongs to them.</summary>
internal sealed class LifecycleRequests(Connection connection, Dispatcher dispatcher, Action end)
{
    private bool _initialized;
    private bool _configured;
    private bool _started;
    private Request? _launch;         // held until configurationDone

    public bool IsTrusted { get; private set; } = connection.Options.Token is null;

    public bool IsRefused { get; private set; }

    public IEnumerable<(string Command, Action<Request> Handle)> All =>
    [
        ("initialize", Initialize),
        ("launch", Launch),
        ("attach", Launch),
        ("configurationDone", ConfigurationDone),
        ("restart", Restart),
        ("terminate", Terminate),
        ("disconnect", Disconnect),
        ("cancel", Cancel),
    ];

    /// <summary>Says why a command may not come yet; null = it may.</summary>
    public void Admit(string command, out UserError? refusal)
    {
        refusal = command == "initialize" ? null
            : !_initialized ? new UserError("MOE7004", $"{command} came before initialize.", $"Send initialize first.")
            : !IsTrusted && command is not ("launch" or "attach")
                ? new UserError("MOE7009", $"this address answers nothing but initialize until a launch brings its token.", $"Put the token that the daemon printed into the launch configuration.") : null;
    }

    private void Initialize(Request request)
    {
        if (_initialized) throw new UserError("MOE7006", $"initialize came a second time.", $"Open another connection for another session.");
        connection.Initialize(ClientTraits.Of(request.Arguments), request.Arguments.String("locale"));
        _initialized = true;
        connection.Outbox.Respond(request, AdapterCapabilities.For(connection.Outbox.Translations), DapJson.Default.Capabilities);
        if (IsTrusted) connection.Outbox.Event("initialized");
    }

    /// <summary>Also attach: what it names runs already.</summary>
    private void Launch(Request request)
    {
        Trust(request.Arguments);
        if ((request.Command == "attach") != (request.Arguments.Has("processId") || request.Arguments.Has("address")))
            throw request.Command == "attach" ? new UserError("MOE7035", $"attach: neither processId nor address names what waits to be attached to.", $"Give one of them; moe-devtools attach lists the processes. What is to be started belongs into a launch.")
                : new UserError("MOE7063", $"launch: processId and address name something that runs already.", $"Make it an attach.");
        if (connection.Debuggee is not null || dispatcher.IsBusy) throw new UserError("MOE7007", $"a session is launched already.", $"Open another connection for another session.");
        Open(request, request.Arguments, LaunchArguments.Read(request.Arguments));
    }

    /// <summary>Compares in a time that says nothing of where the texts differ.</summary>
    private void Trust(Arguments sent)
    {
        if (IsTrusted) return;
        var token = Encoding.UTF8.GetBytes(connection.Options.Token!);
        if (!CryptographicOperations.FixedTimeEquals(token, Encoding.UTF8.GetBytes(sent.String("token") ?? "")))
        {
            IsRefused = true;
            throw new UserError("MOE7036", $"the token is missing or is not that of this daemon.", $"Put the token that the daemon printed into the launch configuration.");
        }
        IsTrusted = true;
        connection.Outbox.Event("initialized");
    }

    private void ConfigurationDone(Request request)
    {
        _configured = true;
        connection.Outbox.Respond(request);
        StartWhenReady();
    }

    /// <summary>Opens in the background. A client that cancels is answered at once; what was opened for it is then closed again.</summary>
    private void Open(Request request, Arguments sent, LaunchArguments launch)
    {
        var events = connection.NewEvents();
        connection.Breakpoints.Opening = launch.NoDebug ? null : launch.Settings.Training;
        foreach (var waiting in connection.Breakpoints.TakeChanged()) connection.Events.Tell(waiting, "changed");
        var work = dispatcher.Begin(request, launch.Settings.Training is { } training ? $"Waiting for {(training.Process is null ? "the first" : "a")} pass of {string.Join(' ', training.Words)}" : $"Opening {launch.Settings.Model ?? launch.Settings.Trace}");
        _ = Task.Run(() =>
        {
            LaunchedSession? launched = null;
            SourceMap? sources = null;
            var error = default(Exception);
            try
            {
                launched = SessionLauncher.Open(launch.Settings, events, connection.Options.RecordingFolder, work.Cancellation.Token);
                sources = new SourceMap(launched.Source, connection.Options.ListingFolder);
            }
#pragma warning disable CA1031 // thrown again where the request is answered
            catch (Exception e)
#pragma warning restore CA1031
            {
                launched?.Dispose();
                error = e;
            }
            dispatcher.Finish(
                work,
                () =>
                {
                    connection.Breakpoints.Opening = null;
                    if (error is not null)
                    {
                        if (request.Command == "restart") connection.Outbox.Event("terminated");     // the session before it is gone already
                        System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
                    }
                    Opened(request, launch, new Debuggee(connection.Options.Registry.Add(launched!, launch.SessionId, sources!), sent));
                },
                abandoned: () =>
                {
                    if (error is null) connection.Dispose(launched!);
                });
        });
    }

    private void Opened(Request request, LaunchArguments launch, Debuggee debuggee)
    {
        connection.Open(debuggee, launch.NoDebug);
        try
        {
            Bind(launch, debuggee);
        }
        catch
        {
            connection.CloseSession();
            throw;
        }
        connection.Events.TellCapabilities();
        (_launch, _started) = (request, false);
        StartWhenReady();
    }

    private void Bind(LaunchArguments launch, Debuggee debuggee)
    {
        connection.Filters.Launch(launch.Filters);
        if (launch.NoDebug)
        {
            foreach (var filter in debuggee.Session.Filters.Enabled) debuggee.Session.Filters.Disable(filter.Id);
            return;
        }
        foreach (var text in connection.Breakpoints.Replace("launch", launch.Breakpoints, debuggee))
        {
            if (text.Error is { } error) throw LaunchArguments.Refused("breakpoints or logs", text.Wanted.Text, error);
            var message = text.Message(connection.Outbox.Translations);
            if (!text.Verified) throw new UserError("MOE7034", $"launch: \"{text.Wanted.Text}\" {message}.", $"Correct the routers' names.");
            connection.Events.Tell(text, "new");
        }
        connection.Breakpoints.BindAll(debuggee);
        foreach (var late in connection.Breakpoints.TakeChanged()) connection.Events.Tell(late, "changed");
        connection.Filters.Open(debuggee);
    }

    private void StartWhenReady()
    {
        if (!_configured || _started || connection.Debuggee is not { } debuggee || _launch is not { } launch) return;
        _started = true;
        _launch = null;
        connection.Outbox.Respond(launch);
        connection.Output.Line("console", connection.Outbox.Translations.Text($"Type an expression (entropy), a change (mask 6) or help. Breakpoints go on router lines of {debuggee.Sources.Files[0]}."));
        debuggee.Launched.Start();
    }

    private void Restart(Request request)
    {
        var debuggee = connection.NeedDebuggee();
        if (!_started) throw new UserError("MOE7037", $"the session has not started.", $"Send configurationDone first.");
        if (request.Arguments.Object("arguments") is { } sent && !LaunchArguments.AreSame(sent, debuggee.Configuration))
        {
            var launch = LaunchArguments.Read(sent);
            connection.CloseSession();
            Open(request, sent, launch);
            return;
        }
        connection.Handles.Clear();
        connection.Events.Restarts();
        connection.Outbox.Respond(request);
        debuggee.Session.Restart(debuggee.Launched.Settings.StopOnEntry);
    }

    private void Terminate(Request request)
    {
        var opening = connection.Debuggee is null;
        CancelLaunch();
        connection.Outbox.Respond(request);
        if (opening || connection.Debuggee is not { } debuggee) connection.Outbox.Event("terminated");
        else if (debuggee.Session.State != SessionState.Idle)
        {
            debuggee.Launched.Leave(Afterwards.End);
            debuggee.Session.Terminate();
        }
        else if (!connection.Events.HasEnded) connection.Events.OnEnded(null);
    }

    private void Disconnect(Request request)
    {
        dispatcher.CancelWaiting();
        var running = CancelLaunch();
        var (ends, holds) = (request.Arguments.Flag("terminateDebuggee"), request.Arguments.Flag("suspendDebuggee"));
        if (holds == true || ends is not null) connection.Debuggee?.Launched.Leave(holds == true ? Afterwards.StayHeld : ends == true ? Afterwards.End : Afterwards.GoOn);
        if (connection.Debuggee?.Launched.LeftOutput is { } file) connection.Output.Line("console", connection.Outbox.Translations.Text($"What the program prints from now on is in {file}."));
        connection.CloseSession(running);
        connection.Outbox.Respond(request);
        end();
    }

    private void Cancel(Request request)
    {
        dispatcher.Cancel(request.Arguments.Int("requestId"), request.Arguments.String("progressId"));
        connection.Outbox.Respond(request);
    }

    private Task? CancelLaunch()
    {
        var running = dispatcher.CancelWork();
        if (_launch is { } launch) connection.Outbox.Cancelled(launch);
        _launch = null;
        connection.Breakpoints.Opening = null;
        return running;
    }
}
