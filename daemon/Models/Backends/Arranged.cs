namespace MoeDevtools.Models.Backends;

/// <summary>Activations in the block orders that the weights of one operation ask for; an order that none asks for is null.</summary>
/// <remarks>Both where an operation has weights of several formats.</remarks>
internal unsafe struct Arranged
{
    public float* Plain;
    public float* Split;

    /// <summary>Floats from row to row.</summary>
    public nint Stride;

    public readonly float* For(CpuWeight weight) => weight.Matrix.SplitsPairs ? Split : Plain;
}
