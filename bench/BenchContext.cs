using MoeDevtools.Bench.Limits;
using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Models;
using MoeDevtools.Bench.Processes;

namespace MoeDevtools.Bench;

/// <summary>What the benchmarks of one run share; the costly parts are made when the first of them asks.</summary>
internal sealed class BenchContext : IDisposable
{
    private readonly Lazy<RandomCheckpoint> _checkpoint;
    private readonly Lazy<ReadBandwidth> _bandwidth = new(() => new ReadBandwidth());
    private readonly Lazy<FmaPeak> _peak = new(() => new FmaPeak());
    private readonly Lazy<FirstTokens> _firstTokens;
    private readonly Lazy<Engine> _llamaCpp;
    private readonly Lazy<Engine> _torch;

    public BenchContext(ModelShape shape, Report report, CancellationToken cancelled)
    {
        (Report, Cancelled, Shape, IsQuick) = (report, cancelled, shape, shape == ModelShape.Quick);
        _checkpoint = new(() => WriteCheckpoint(shape));
        _firstTokens = new(() => FirstTokens.Of(Checkpoint, Cancelled));
        _llamaCpp = new(() => Engine.StartLlamaCpp(this));
        _torch = new(() => Engine.StartTorch(this));
    }

    public Report Report { get; }

    public CancellationToken Cancelled { get; }

    /// <summary>To try things, not for figures.</summary>
    public bool IsQuick { get; }

    public ModelShape Shape { get; }

    /// <summary>Models of other families with as many weights a token, to be written one after the other: each is as large as the first.</summary>
    public IReadOnlyList<(string Name, IRandomModel Model)> Others =>
    [
        ("qwen3_next", IsQuick ? Qwen3NextShape.Quick : Qwen3NextShape.Olmoe), ("deepseek_v4", IsQuick ? DeepseekV4Shape.Quick : DeepseekV4Shape.Olmoe),
    ];

    /// <summary>Of <see cref="Shape"/>.</summary>
    public RandomCheckpoint Checkpoint => _checkpoint.Value;

    public ReadBandwidth Bandwidth => _bandwidth.Value;

    public FmaPeak Peak => _peak.Value;

    public FirstTokens FirstTokens => _firstTokens.Value;

    public Engine LlamaCpp => _llamaCpp.Value;

    public Engine Torch => _torch.Value;

    /// <summary>The caller disposes it.</summary>
    public RandomCheckpoint WriteCheckpoint(IRandomModel model)
    {
        Report.Note($"model: {model.Words}");
        return RandomCheckpoint.Write(model, Cancelled);
    }

    public void Dispose()
    {
        if (_llamaCpp.IsValueCreated) _llamaCpp.Value.Dispose();
        if (_torch.IsValueCreated) _torch.Value.Dispose();
        if (_checkpoint.IsValueCreated) _checkpoint.Value.Dispose();
        if (_bandwidth.IsValueCreated) _bandwidth.Value.Dispose();
        if (_peak.IsValueCreated) _peak.Value.Dispose();
    }
}
