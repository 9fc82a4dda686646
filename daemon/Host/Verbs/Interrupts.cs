using System.Runtime.InteropServices;

namespace MoeDevtools.Host.Verbs;

/// <summary>
/// Ctrl-C and SIGTERM. The first one cancels <see cref="Token"/>; a second one ends the process at once.
/// </summary>
/// <remarks>Handlers run on a thread of the pool, never on the thread that works.</remarks>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _gate = new(); // guards _exitCode and _interceptor
    private int? _exitCode;
    private Func<bool>? _interceptor;

    public CancellationToken Token => _cancel.Token;

    /// <summary>130 or 143 once a signal has cancelled <see cref="Token"/>; null before.</summary>
    public int? ExitCode
    {
        get
        {
            lock (_gate)
            {
                return _exitCode;
            }
        }
    }

    /// <summary>Listens to the process's signals until disposed.</summary>
    public void Listen()
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Handle(context, Verbs.ExitCode.Interrupted)));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Handle(context, Verbs.ExitCode.Terminated)));
    }

    /// <summary>
    /// Until the result is disposed, Ctrl-C calls <paramref name="pause"/> instead (a debugger pauses the model and stays).
    /// Where it returns false, Ctrl-C means what it means elsewhere. One interceptor at a time.
    /// </summary>
    public IDisposable Intercept(Func<bool> pause)
    {
        lock (_gate)
        {
            _interceptor = pause;
        }

        return new Interception(this);
    }

    /// <summary>What a signal does; true where the process must end now.</summary>
    internal bool Signal(int exitCode)
    {
        Func<bool>? interceptor;
        lock (_gate)
        {
            interceptor = exitCode == Verbs.ExitCode.Interrupted ? _interceptor : null;
        }

        if (interceptor?.Invoke() == true)
        {
            return false;
        }

        lock (_gate)
        {
            if (_exitCode is not null)
            {
                return true;
            }

            _exitCode = exitCode;
        }

        _cancel.Cancel();
        return false;
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _cancel.Dispose();
    }

    private void Handle(PosixSignalContext context, int exitCode)
    {
        context.Cancel = true;
        if (Signal(exitCode))
        {
            // Runs the ProcessExit handlers, and one of them gives the terminal back (RawMode).
            Environment.Exit(exitCode);
        }
    }

    private sealed class Interception(Interrupts owner) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._gate)
            {
                owner._interceptor = null;
            }
        }
    }
}
