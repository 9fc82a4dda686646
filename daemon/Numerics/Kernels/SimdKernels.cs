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

    /// <summary>Any <see cref="Product"/>. <paramref name="scratch"/> has <see cref="ProductScratch"/> floats, of this call alone.</summary>
    public abstract void Multiply(in Product product, float* scratch);

    /// <summary>Floats of scratch memory that a thread needs to multiply with these weights; 0 for some.</summary>
    public static long ProductScratch(in WeightMatrix weights) =>
        !weights.HasDenseRows ? ColumnProducts.Scratch : weights.Format == WeightFormat.F32 ? 0 : UnpackedProducts.Scratch(weights.Columns);

    /// <summary>gate = f(gate) ⊙ up, or f(gate) where <paramref name="up"/> is null.</summary>
    public abstract void Gate<TFunction>(float* gate, float* up, int count) where TFunction : struct, IElementwise;

    /// <inheritdoc cref="ClampedSwiglu{TLanes,TVector}"/>
    public abstract void GateClamped(float* gate, float* up, float alpha, float limit, int count);

    /// <summary>y += factor · x.</summary>
    public abstract void AddScaled(float* x, float factor, float* y, int count);

    /// <summary>x = factor · x.</summary>
    public abstract void Scale(float* x, float factor, int count);

    /// <summary>x clamped to [least, most] in place.</summary>
    public abstract void Clamp(float* x, float least, float most, int count);

    /// <summary>A row of weights as float32.</summary>
    public abstract void Widen(in WeightMatrix weights, int row, float* to);

    /// <summary>y = x / √(mean(x²) + ε) ⊙ w, without the factor where <paramref name="w"/> is null; y may be x.</summary>
    public abstract void RmsNorm(float* x, float* w, float epsilon, float* y, int count);

    /// <summary>y = (x − mean) / √(mean((x − mean)²) + ε) ⊙ w + bias; <paramref name="bias"/> may be null, y may be x.</summary>
    public abstract void LayerNorm(float* x, float* w, float* bias, float epsilon, float* y, int count);

    /// <summary>Rotates the pairs (x[n], x[n + pairs]).</summary>
    public abstract void Rotate(float* x, float* cos, float* sin, int pairs);

    /// <summary>A <see cref="Convolution"/> of some channels. <paramref name="scratch"/> has 2 · count · K floats, of this call alone.</summary>
    public abstract void Convolve(in Convolution convolution, int first, int count, float* scratch);

    /// <summary>x = e^(rate ⊙ softplus(x + bias)).</summary>
    public abstract void Decay(float* x, float* rate, float* bias, int count);

    /// <summary>Number of items that <see cref="AttendLinearly"/> runs one by one.</summary>
    public abstract int LinearAttentionItems(in LinearAttention attention);

    /// <summary>Floats of scratch memory that a thread needs for <see cref="AttendLinearly"/>.</summary>
    public abstract long LinearAttentionScratch(in LinearAttention attention);

    public abstract void AttendLinearly(in LinearAttention attention, int item, float* scratch);

    /// <summary>Number of items that <see cref="Attend"/> runs one by one.</summary>
    public abstract int AttentionItems(in Attention attention);

    /// <summary>Floats of scratch memory that a thread needs for <see cref="Attend"/>.</summary>
    public abstract long AttentionScratch(in Attention attention);

    public abstract void Attend(in Attention attention, int item, float* scratch);

    /// <summary>Number of items that <see cref="Scan"/> runs one by one.</summary>
    public abstract int ScanItems(in StateScan scan);

    public abstract void Scan(in StateScan scan, int item);

    /// <summary>The scores of the keys of one item, which <see cref="IndexScores.Items"/> counts. <paramref name="scratch"/> has <see cref="IndexScoreScratch"/> floats.</summary>
    public abstract void ScoreKeys(in IndexScores index, int item, float* scratch);

    public abstract long IndexScoreScratch(in IndexScores index);
}

internal sealed unsafe class SimdKernels<TLanes, TVector> : SimdKernels
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    public override SimdLevel Level => TLanes.Level;

    public override void Multiply(in Product product, float* scratch)
    {
        switch (product.W.Format)
        {
            case WeightFormat.F32: MultiplyElements<F32Weights>(product, scratch); break;
            case WeightFormat.F16: MultiplyElements<F16Weights>(product, scratch); break;
            case WeightFormat.Bf16: MultiplyElements<Bf16Weights>(product, scratch); break;
            case WeightFormat.F8E4M3: MultiplyRows<F8Weights>(product, scratch); break;
            case WeightFormat.F4E2M1: MultiplyRows<F4Weights>(product, scratch); break;
            default: throw new ArgumentOutOfRangeException(nameof(product), product.W.Format, "not a format of weights");
        }
    }

    private static void MultiplyElements<TFormat>(in Product product, float* scratch) where TFormat : struct, IElementFormat
    {
        if (product.W.HasDenseRows) MultiplyRows<TFormat>(product, scratch);
        else ColumnProducts<TLanes, TVector, TFormat>.Run(product, scratch);
    }

    private static void MultiplyRows<TFormat>(in Product product, float* scratch) where TFormat : struct, IWeightFormat
    {
        if (product.Tokens >= TFormat.UnpackedTokens || UnpackedProducts.IsNeeded(product.W)) UnpackedProducts<TLanes, TVector, TFormat>.Run(product, scratch);
        else Products<TLanes, TVector, TFormat>.Run(product);
    }

    public override void Gate<TFunction>(float* gate, float* up, int count) =>
        Elementwise<TLanes, TVector>.Gate<TFunction>(gate, up, count);

    public override void GateClamped(float* gate, float* up, float alpha, float limit, int count) =>
        ClampedSwiglu<TLanes, TVector>.Run(gate, up, alpha, limit, count);

    public override void AddScaled(float* x, float factor, float* y, int count) =>
        Elementwise<TLanes, TVector>.AddScaled(x, factor, y, count);

    public override void Scale(float* x, float factor, int count) => Elementwise<TLanes, TVector>.Scale(x, factor, count);

    public override void Clamp(float* x, float least, float most, int count) => Elementwise<TLanes, TVector>.Clamp(x, least, most, count);

    public override void Widen(in WeightMatrix weights, int row, float* to)
    {
        if (!weights.HasDenseRows)
        {
            ElementwiseScalar.Widen(weights, row, to);
            return;
        }
        switch (weights.Format)
        {
            case WeightFormat.F32: Elementwise<TLanes, TVector>.Widen<F32Weights>(weights.Row(row), to, weights.Columns); break;
            case WeightFormat.F16: Elementwise<TLanes, TVector>.Widen<F16Weights>(weights.Row(row), to, weights.Columns); break;
            case WeightFormat.Bf16: Elementwise<TLanes, TVector>.Widen<Bf16Weights>(weights.Row(row), to, weights.Columns); break;
            default: ElementwiseScalar.Widen(weights, row, to); break;
        }
    }

    public override void RmsNorm(float* x, float* w, float epsilon, float* y, int count) =>
        RmsNorm<TLanes, TVector>.Run(x, w, epsilon, y, count);

    public override void LayerNorm(float* x, float* w, float* bias, float epsilon, float* y, int count) =>
        LayerNorm<TLanes, TVector>.Run(x, w, bias, epsilon, y, count);

    public override void Rotate(float* x, float* cos, float* sin, int pairs) => Rotary<TLanes, TVector>.Halves(x, cos, sin, pairs);

    public override void Convolve(in Convolution convolution, int first, int count, float* scratch)
    {
        var size = count * convolution.Taps;
        Widen(convolution.Weights with { Data = convolution.Weights.Row(first), Columns = size }, 0, scratch);
        ConvolutionChannels<TLanes, TVector>.Run(convolution, first, count, scratch, scratch + size);
    }

    public override void Decay(float* x, float* rate, float* bias, int count) => Decays<TLanes, TVector>.Run(x, rate, bias, count);

    public override int LinearAttentionItems(in LinearAttention attention) => LinearAttentionColumns<TLanes, TVector>.Items(attention);

    public override long LinearAttentionScratch(in LinearAttention attention) => LinearAttentionColumns<TLanes, TVector>.Scratch(attention);

    public override void AttendLinearly(in LinearAttention attention, int item, float* scratch) => LinearAttentionColumns<TLanes, TVector>.Run(attention, item, scratch);

    public override int AttentionItems(in Attention attention) => AttentionBlocks<TLanes, TVector>.Items(attention);

    public override long AttentionScratch(in Attention attention) => AttentionBlocks<TLanes, TVector>.Scratch(attention);

    public override void Attend(in Attention attention, int item, float* scratch) =>
        AttentionBlocks<TLanes, TVector>.Run(attention, item, scratch);

    public override int ScanItems(in StateScan scan) => StateScans<TLanes, TVector>.Items(scan);

    public override void Scan(in StateScan scan, int item) => StateScans<TLanes, TVector>.Run(scan, item);

    public override void ScoreKeys(in IndexScores index, int item, float* scratch) => IndexScoreBlocks<TLanes, TVector>.Run(index, item, scratch);

    public override long IndexScoreScratch(in IndexScores index) => IndexScoreBlocks<TLanes, TVector>.Scratch(index);
}
