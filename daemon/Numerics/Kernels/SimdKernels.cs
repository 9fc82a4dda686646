using MoeDevtools.Numerics.Kernels.Functions;

namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// The vector kernels of one <see cref="SimdLevel"/>. Stateless; any thread. Pointers may be unaligned; counts are in elements.
/// </summary>
public abstract unsafe class SimdKernels
{
    public abstract SimdLevel Level { get; }

    /// <summary>The processor must support the level (<see cref="SimdLevels.IsSupported"/>).</summary>
    public static SimdKernels Of(SimdLevel level) => level switch
    {
        SimdLevel.Avx512 => new SimdKernels<Lanes512, System.Runtime.Intrinsics.Vector512<float>>(),
        SimdLevel.Avx2 => new SimdKernels<Lanes256, System.Runtime.Intrinsics.Vector256<float>>(),
        _ => new SimdKernels<Lanes128, System.Runtime.Intrinsics.Vector128<float>>(),
    };

    /// <inheritdoc cref="Products{TLanes,TVector,TFormat}"/>
    public abstract void Multiply(in Product product);

    /// <summary>gate = f(gate) ⊙ up.</summary>
    public abstract void Gate<TFunction>(float* gate, float* up, int count) where TFunction : struct, IElementwise;

    /// <summary>y += factor · x.</summary>
    public abstract void AddScaled(float* x, float factor, float* y, int count);

    /// <summary>y += x.</summary>
    public abstract void Add(float* x, float* y, int count);

    /// <summary>x clamped to [−limit, limit] in place.</summary>
    public abstract void Clamp(float* x, float limit, int count);

    /// <summary>The float32 values of stored elements.</summary>
    public abstract void Widen(WeightFormat format, byte* from, float* to, int count);

    /// <summary>y = x / √(mean(x²) + ε) ⊙ w; y may be x.</summary>
    public abstract void RmsNorm(float* x, float* w, float epsilon, float* y, int count);

    /// <summary>Rotates the pairs (x[n], x[n + pairs]).</summary>
    public abstract void Rotate(float* x, float* cos, float* sin, int pairs);

    /// <summary>Number of items that <see cref="Attend"/> runs one by one.</summary>
    public abstract int AttentionItems(in Attention attention);

    /// <summary>Floats of scratch memory that a thread needs for <see cref="Attend"/>.</summary>
    public abstract long AttentionScratch(in Attention attention);

    public abstract void Attend(in Attention attention, int item, float* scratch);
}

internal sealed unsafe class SimdKernels<TLanes, TVector> : SimdKernels
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    public override SimdLevel Level => TLanes.Level;

    public override void Multiply(in Product product)
    {
        switch (product.Format)
        {
            case WeightFormat.F32:
                Products<TLanes, TVector, F32Weights>.Run(product);
                break;
            case WeightFormat.F16:
                Products<TLanes, TVector, F16Weights>.Run(product);
                break;
            default:
                Products<TLanes, TVector, Bf16Weights>.Run(product);
                break;
        }
    }

    public override void Gate<TFunction>(float* gate, float* up, int count) =>
        Elementwise<TLanes, TVector>.Gate<TFunction>(gate, up, count);

    public override void AddScaled(float* x, float factor, float* y, int count) =>
        Elementwise<TLanes, TVector>.AddScaled(x, factor, y, count);

    public override void Add(float* x, float* y, int count) => Elementwise<TLanes, TVector>.Add(x, y, count);

    public override void Clamp(float* x, float limit, int count) => Elementwise<TLanes, TVector>.Clamp(x, limit, count);

    public override void Widen(WeightFormat format, byte* from, float* to, int count)
    {
        switch (format)
        {
            case WeightFormat.F32:
                Elementwise<TLanes, TVector>.Widen<F32Weights>(from, to, count);
                break;
            case WeightFormat.F16:
                Elementwise<TLanes, TVector>.Widen<F16Weights>(from, to, count);
                break;
            default:
                Elementwise<TLanes, TVector>.Widen<Bf16Weights>(from, to, count);
                break;
        }
    }

    public override void RmsNorm(float* x, float* w, float epsilon, float* y, int count) =>
        RmsNorm<TLanes, TVector>.Run(x, w, epsilon, y, count);

    public override void Rotate(float* x, float* cos, float* sin, int pairs) => Rotary<TLanes, TVector>.Halves(x, cos, sin, pairs);

    public override int AttentionItems(in Attention attention) => AttentionBlocks<TLanes, TVector>.Items(attention);

    public override long AttentionScratch(in Attention attention) => AttentionBlocks<TLanes, TVector>.Scratch(attention);

    public override void Attend(in Attention attention, int item, float* scratch) =>
        AttentionBlocks<TLanes, TVector>.Run(attention, item, scratch);
}
