using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;

namespace MoeDevtools.Probe;

// The line to the debugger: who comes, who goes, and what is said at the end.
public sealed partial class MoeProbe
{
    private void Listen()
    {
        lock (_gate)
        {
            if (_isOver || _listener is not null) return;
            try
            {
                _listener = new Listener(_process, Attach);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or SocketException or ArgumentException)
            {
                Warn($"this process cannot be attached to: {error.Message}");
            }
        }
    }

    /// <summary>A debugger calls. On a thread of the listener, which takes no other call meanwhile.</summary>
    private void Attach(Socket socket, string? token)
    {
        if (_client is not null)
        {
            socket.Dispose();
            return;
        }
        try
        {
            Greet(socket, token);
        }
        catch (ProbeLostException error)
        {
            Warn($"a debugger attached and went: {error.Message}");
        }
    }

    private void Greet(Socket socket, string? token)
    {
        var client = new ProbeClient(socket, WriteStack, OnEnded);
        client.Greet(_process, token);
        lock (_gate)
        {
            _client = client;
            _isLeftHeld = false;
            _hasClient.Set();
        }
        if (!client.IsAlive) Forget(client);                                 // it ended before it was known here
    }

    /// <summary>On the reader's thread.</summary>
    private void OnEnded(ProbeClient client, bool letGo)
    {
        if (letGo) client.Notify("bye", bye => bye.WriteString("reason", "detached"));
        if (!Forget(client)) return;
        _isLeftHeld = client.KeepsHeld;
        if (!letGo) Warn("the daemon is gone. The training goes on, and can be attached to.");
        Listen();                                                            // before the daemon sees the end, so that another may follow
    }

    /// <summary>False where it is not the one that listens, or the program ends.</summary>
    private bool Forget(ProbeClient client)
    {
        lock (_gate)
        {
            if (_client != client || _isOver) return false;
            _client = null;
            _hasClient.Reset();
            return true;
        }
    }

    private void OnExit(object? sender, EventArgs e) => Close("exit");

    /// <summary>The program fails: if in a pass, the debugger may stop there with the routing so far.</summary>
    private void OnException(object sender, UnhandledExceptionEventArgs e)
    {
        var error = e.ExceptionObject as Exception;
        if (Pass is { } pass && pass.Thread == Environment.CurrentManagedThreadId && error is not null && _client is { IsDescribed: true } client)
        {
            try
            {
                client.Ask("failed", failed => WriteFailure(failed, pass, error));
            }
            catch (ProbeLostException)
            {
                // The program's own error is what is told.
            }
        }
        Close("exception", $"{error?.GetType().Name}: {error?.Message}");
    }

    private void WriteFailure(Utf8JsonWriter failed, Pass pass, Exception error)
    {
        failed.WriteNumber("step", pass.Step);
        failed.WriteNumber("pass", pass.Number);
        failed.WriteNumber("rank", _process.Rank);
        if (_lastRouter is { } router) failed.WriteNumber("router", router);
        failed.WriteString("type", error.GetType().Name);
        failed.WriteString("message", error.Message);
        failed.WriteStartArray("stack");
        foreach (var frame in new StackTrace(error, fNeedFileInfo: true).GetFrames())
            WriteFrame(failed, new CallSite(frame.GetFileName() ?? "", frame.GetFileLineNumber(), DiagnosticMethodInfo.Create(frame)?.Name ?? ""));
        failed.WriteEndArray();
    }

    private void Close(string reason, string? message = null)
    {
        ProbeClient? client;
        lock (_gate)
        {
            if (_isOver) return;
            _isOver = true;
            (client, _client) = (_client, null);
            _listener?.Dispose();
        }
        client?.Leave(reason, message);
    }
}
