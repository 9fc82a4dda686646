namespace MoeDevtools.Numerics.Kernels;

/// <summary>How the elements of a stored weight are written, little-endian, at any address.</summary>
public enum WeightFormat
{
    F32,
    F16,

    /// <summary>The upper half of a float32.</summary>
    Bf16,

    /// <summary>Sign, 4 bits of exponent (bias 7), 3 of mantissa; 0x7F and 0xFF are NaN, there is no infinity (OCP OFP8).</summary>
    F8E4M3,

    /// <summary>
    /// Two to a byte, the lower half first: sign, 2 bits of exponent, 1 of mantissa: 0, ½, 1, 1½, 2, 3, 4, 6. Rows are blocks of 32 elements in 16 bytes (OCP MX).
    /// </summary>
    F4E2M1,

    /// <summary>2^(e − 127), 255 is NaN: a scale (OCP MX).</summary>
    F8E8M0,
}
