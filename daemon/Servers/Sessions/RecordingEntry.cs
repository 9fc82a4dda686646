using MoeDevtools.Debugging.Views;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Servers.Sessions;

/// <summary>A recording that is opened to be looked at, without a debugger. Owns what it reads with.</summary>
/// <param name="extent">What it held when it was opened.</param>
public sealed class RecordingEntry(string id, RecordedRun run, TraceExtent extent) : RegisteredSession(id), IDisposable
{
    public override string Kind => "recording";

    public override string Source => run.Path;

    public override IReadOnlyList<RouterInfo> Routers => run.Routers;

    public override RecordedRun Recorded => run;

    public TraceExtent Extent => extent;

    /// <summary>Never: nobody runs.</summary>
    public override event Action? Updated
    {
        add { }
        remove { }
    }

    public void Dispose() => run.Dispose();
}
