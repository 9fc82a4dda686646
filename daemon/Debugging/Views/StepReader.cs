using MoeDevtools.Traces;

namespace MoeDevtools.Debugging.Views;

/// <summary>Adds the values of the steps <paramref name="from"/> to <paramref name="to"/> to a series.</summary>
internal delegate void StepReader(TraceReader reader, long from, long to, StepSeries series, CancellationToken cancelled);
