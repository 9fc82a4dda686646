using MoeDevtools.Routing;

namespace MoeDevtools.Debugging.Comparison;

/// <summary>A run that is compared with another: a trace, or a checkpoint over the tokens of one.</summary>
internal interface IComparedRun
{
    /// <summary>For messages.</summary>
    string Name { get; }

    /// <summary>Null = unknown.</summary>
    string? ModelType { get; }

    /// <summary>Its sequences begin anew in each step.</summary>
    bool IsTraining { get; }

    IReadOnlyList<RouterInfo> Routers { get; }

    /// <summary>The rows of some of its routers, which share a stack.</summary>
    IRowCursor Rows(IReadOnlyList<int> routers, bool bySteps, CancellationToken cancelled);

    /// <summary>Null = unknown.</summary>
    string? TextOf(int id);
}
