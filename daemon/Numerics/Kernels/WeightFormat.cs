namespace MoeDevtools.Numerics.Kernels;

/// <summary>How the elements of a stored weight are written, little-endian and row-major, at any address.</summary>
public enum WeightFormat
{
    F32,
    F16,

    /// <summary>The upper half of a float32.</summary>
    Bf16,
}
