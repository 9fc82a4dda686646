using MoeDevtools.Debugging.Views;
using MoeDevtools.Routing;

namespace MoeDevtools.Debugging.Comparison;

/// <summary>Goes over the rows of a run in rising order of step, sequence and position.</summary>
internal interface IRowCursor : IDisposable
{
    /// <summary>Where the row stands; the step is 0 where it does not count.</summary>
    (long Step, int Sequence, int Position) Place { get; }

    /// <summary>The row in its recording; null = it is in none.</summary>
    RowPlace? At { get; }

    /// <summary>-1 = unknown.</summary>
    int TokenId { get; }

    /// <summary>Null = unknown.</summary>
    string? Text { get; }

    Phase Phase { get; }

    /// <summary>What the row chose, at the router of this place among those that were asked for; false = it is not known.</summary>
    bool TryExperts(int router, out ReadOnlySpan<int> experts);

    /// <summary>a(k) − a(k+1); null = not recorded, or undefined.</summary>
    double? Margin(int router);

    /// <summary>False = there are no more rows.</summary>
    /// <exception cref="Messages.UserError">The rows do not rise, or cannot be run.</exception>
    bool Next();
}
