using MoeDevtools.Bench.Limits;
using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Models;

namespace MoeDevtools.Bench;

/// <summary>What the benchmarks of one run share; the costly parts are made when the first of them asks.</summary>
internal sealed class BenchContext(bool full, Report report, CancellationToken cancelled) : IDisposable
{
    private readonly Lazy<RandomCheckpoint> _checkpoint =
        new(() => RandomCheckpoint.Write(full ? ModelShape.Full : ModelShape.Quick, cancelled));
    private readonly Lazy<ReadBandwidth> _bandwidth = new(() => new ReadBandwidth());
    private readonly Lazy<FmaPeak> _peak = new(() => new FmaPeak());

    public Report Report => report;

    public CancellationToken Cancelled => cancelled;

    public RandomCheckpoint Checkpoint => _checkpoint.Value;

    public ReadBandwidth Bandwidth => _bandwidth.Value;

    public FmaPeak Peak => _peak.Value;

    public void Dispose()
    {
        if (_checkpoint.IsValueCreated) _checkpoint.Value.Dispose();
        if (_bandwidth.IsValueCreated) _bandwidth.Value.Dispose();
        if (_peak.IsValueCreated) _peak.Value.Dispose();
    }
}
