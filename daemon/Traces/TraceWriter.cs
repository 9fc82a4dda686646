using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Traces;

/// <summary>
/// Writes a <c>.moetrace</c> file while a session runs: callers copy into a bounded queue, one thread of the writer's own commits at most a second apart.
/// Any thread may call, each call returns before anything reaches the disk; a full queue makes the caller wait (nothing is lost). Errors of the disk come
/// out of the next call.
/// </summary>
public sealed class TraceWriter : IDisposable
{
    /// <summary>Makes the file; one that is there already is replaced only once it is known to be a trace.</summary>
    /// <exception cref="UserError">It cannot be written there, or something else is there.</exception>
    public static TraceWriter Create(string path, TraceInfo info, IReadOnlyList<RouterInfo> routers, TraceOptions options) => throw new NotImplementedException();

    public string Path => throw new NotImplementedException();

    /// <summary>What to capture of a router so that it can be recorded.</summary>
    public RoutingColumns Wanted(RouterInfo router) => throw new NotImplementedException();

    /// <summary>One batch whose decisions are final, with what it was before a change. Copied before the call returns.</summary>
    /// <exception cref="UserError">The disk is full or the file went away; recording has ended then, and what was committed is kept.</exception>
    public void Add(RoutingBatch batch) => throw new NotImplementedException();

    public void Add(TraceSequence sequence) => throw new NotImplementedException();

    public void Add(TraceToken token) => throw new NotImplementedException();

    public void Add(TraceStop stop) => throw new NotImplementedException();

    /// <summary>Adds an intervention, or writes its new state (<see cref="TraceIntervention.Removed"/>).</summary>
    public void Add(TraceIntervention intervention) => throw new NotImplementedException();

    public void Add(TraceAnomaly anomaly) => throw new NotImplementedException();

    public void Add(TraceDrop drop) => throw new NotImplementedException();

    /// <summary>Loads of a router in a step of which there are no batches (an import of counts).</summary>
    public void Add(TraceLoads loads) => throw new NotImplementedException();

    public void Add(TraceChecksum checksum) => throw new NotImplementedException();

    /// <summary>Returns when all that was added before is committed and a <see cref="TraceReader"/> sees it.</summary>
    public void Flush() => throw new NotImplementedException();

    /// <summary>Commits the rest and leaves one file.</summary>
    public void Dispose() => throw new NotImplementedException();
}
