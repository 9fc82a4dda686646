using System.Collections.Concurrent;
using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Debugging;

/// <summary>Hands stops to the test's thread; waits on the event, never on time.</summary>
internal sealed class WaitingClient : SilentClient
{
    private readonly BlockingCollection<object?> _events = [];

    public List<GeneratedToken> Tokens { get; } = [];

    public UserError? RecordingFailure { get; private set; }

    public List<string> Notices { get; } = [];

    public Stop NextStop() => Assert.IsType<Stop>(Take());

    /// <summary>The next stop; null = the run ended without an error.</summary>
    public Stop? NextStopOrEnd()
    {
        var next = Take();
        if (next is not Ended ended) return (Stop?)next;
        return ended.Error is null ? null : throw new InvalidOperationException("the run failed", ended.Error);
    }

    public Exception? End()
    {
        while (true)
            if (Take() is Ended ended) return ended.Error;
    }

    public override void OnStopped(Stop stop) => _events.Add(stop);

    public override void OnToken(GeneratedToken token) => Tokens.Add(token);

    public override void OnNotice(FormattableString notice) => Notices.Add(FormattableString.Invariant(notice));

    public override void OnRecordingFailed(UserError error) => RecordingFailure = error;

    public override void OnEnded(Exception? error) => _events.Add(new Ended(error));

    private object? Take() => _events.TryTake(out var next, TimeSpan.FromMinutes(2)) ? next : throw new TimeoutException("no event from the session");

    private sealed record Ended(Exception? Error);
}
