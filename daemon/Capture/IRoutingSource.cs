using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Capture;

/// <summary>What a session debugs: something with routers that runs and says what they decide. A checkpoint (<see cref="ModelSession"/>) or a trace. One run at a time.</summary>
public interface IRoutingSource : IDisposable
{
    /// <summary>What a person gave to open it: a folder or a file.</summary>
    string Name { get; }

    /// <summary>In forward order; of a training, in which more may begin to decide while it runs, those at the end (<see cref="IRoutingSink.OnRoutersAdded"/>). The same list throughout.</summary>
    IReadOnlyList<RouterInfo> Routers { get; }

    /// <summary>Processes of it, each with decisions of its own: 1 unless it is a distributed training.</summary>
    int Ranks => 1;

    /// <summary>The recording that it replays; null = it runs something.</summary>
    string? Recording { get; }

    /// <summary>The text of one token as a person reads it; null = unknown.</summary>
    string? TextOf(int id);

    /// <summary>The text of a run of tokens; null without a tokenizer.</summary>
    string? Decode(IReadOnlyList<int> ids);

    /// <summary>Runs on the calling thread, which is the compute thread of <paramref name="sink"/>.</summary>
    /// <exception cref="UserError">It cannot be run.</exception>
    /// <exception cref="OperationCanceledException"/>
    void Run(RunRequest request, IRoutingSink? sink, IRunObserver? observer, CancellationToken cancelled);
}
