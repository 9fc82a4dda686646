namespace MoeDevtools.Models.Backends;

/// <summary>An expert and its pairs, <paramref name="start"/> to <paramref name="start"/> + <paramref name="count"/>.</summary>
internal readonly struct ExpertGroup(MlpWeights weights, int start, int count)
{
    public CpuWeight Gate { get; } = (CpuWeight)weights.Gate;

    public CpuWeight? Up { get; } = (CpuWeight?)weights.Up;

    public CpuWeight Down { get; } = (CpuWeight)weights.Down;

    public MlpWeights Weights => weights;

    public int Start { get; } = start;

    public int Count { get; } = count;
}
