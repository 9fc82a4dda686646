using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Models.Backends;

/// <summary>The twin that every faster backend is compared with: plain loops on one thread, sums in double.</summary>
public sealed unsafe class ScalarBackend : CpuBackend
{
    private double[] _scores = [];

    public override string Name => "reference";

    public override FormattableString Description => $"plain loops with double sums, 1 thread";

    public override void Linear(Activation x, Weight w, Weight? bias, Activation y, int groups = 1) =>
        Multiply(((CpuActivation)x).Data, x.Rows, (CpuWeight)w, (CpuWeight?)bias, ((CpuActivation)y).Data, groups);

    public override void RmsNorm(Activation x, Weight? w, int size, float epsilon, Activation y, float centre = 0)
    {
        var (from, to) = ((CpuActivation)x, (CpuActivation)y);
        using var factors = Widened((CpuWeight?)w, centre);
        for (var run = 0L; run < (long)x.Rows * x.Columns / size; run++)
            RmsNormScalar.Run(from.Data + run * size, w is null ? null : factors.Data + run * size % w.Columns, epsilon, to.Data + run * size, size);
    }

    public override void LayerNorm(Activation x, Weight w, Weight? bias, float epsilon, Activation y)
    {
        var (from, to) = ((CpuActivation)x, (CpuActivation)y);
        using var factors = Widened((CpuWeight)w);
        using var added = Widened((CpuWeight?)bias);
        for (var t = 0; t < x.Rows; t++)
            LayerNormScalar.Run(from.Data + (nint)t * x.Columns, factors.Data, added.Data, epsilon, to.Data + (nint)t * x.Columns, x.Columns);
    }

    public override void Add(Activation x, Activation y, float factor = 1) =>
        ElementwiseScalar.AddScaled(((CpuActivation)x).Data, factor, ((CpuActivation)y).Data, x.Rows * x.Columns);

    public override void Clamp(Activation x, float limit) => ElementwiseScalar.Clamp(((CpuActivation)x).Data, -limit, limit, x.Rows * x.Columns);

    public override void Mlp(Activation x, MlpWeights weights, MlpActivation act, Activation y) =>
        Mlp(((CpuActivation)x).Data, x.Rows, weights, act, ((CpuActivation)y).Data);

    public override void Experts(
        Activation x, RoutedTokens routed, IReadOnlyList<MlpWeights> experts, MlpActivation act, bool weighInput, Activation y)
    {
        var (from, to, decisions) = ((CpuActivation)x, (CpuActivation)y, (CpuRouted)routed);
        using var input = new Scratch(Pool, x.Columns);
        using var output = new Scratch(Pool, y.Columns);
        var sums = new double[y.Columns];
        for (var t = 0; t < x.Rows; t++)
        {
            Array.Clear(sums);
            for (var j = 0; j < decisions.Slots; j++)
            {
                var expert = decisions.Selected[t * decisions.Slots + j];
                if (expert < 0 || expert >= experts.Count) continue;                // empty, or an identity
                var weight = decisions.Weights[t * decisions.Slots + j];
                from.Row(t).CopyTo(new Span<float>(input.Data, x.Columns));
                if (weighInput) ElementwiseScalar.Scale(input.Data, weight, x.Columns);
                Mlp(input.Data, 1, experts[expert], act, output.Data);
                for (var c = 0; c < sums.Length; c++) sums[c] += (weighInput ? 1.0 : weight) * output.Data[c];
            }
            var row = to.Row(t);
            for (var c = 0; c < sums.Length; c++) row[c] = (float)sums[c];
        }
    }

    private protected override void Scale(float* x, float factor, int count) => ElementwiseScalar.Scale(x, factor, count);

    private protected override void Gate(ActivationFunction function, float* gate, float* up, int count) =>
        ActivationFunctions.GateScalar(function, gate, up, count);

    private protected override void Rotate(CpuActivation x, RotaryFrequencies rotary, int headSize, int offset, float* angles)
    {
        var pairs = rotary.Frequencies.Length;
        for (var t = 0; t < x.Rows; t++)
        {
            var cos = angles + (nint)t * 2 * pairs;
            for (var head = 0; head < x.Columns / headSize; head++)
            {
                var components = x.Data + (nint)t * x.Columns + head * headSize + offset;
                if (rotary.Interleaved) RotaryScalar.Interleaved(components, cos, cos + pairs, pairs);
                else RotaryScalar.Halves(components, cos, cos + pairs, pairs);
            }
        }
    }

    private protected override void Attend(in Attention attention)
    {
        if (_scores.Length < attention.MostKeys) _scores = new double[attention.MostKeys];
        AttentionScalar.Run(attention, _scores);
    }

    private protected override void ScoreKeys(IndexScores index) => IndexScoresScalar.Run(index);

    private protected override void Select(IndexScores index, int count, int* chosen)
    {
        for (var t = 0; t < index.Tokens; t++) Select(index, t, count, chosen);
    }

    private protected override void Convolve(in Convolution convolution) => ConvolutionScalar.Run(convolution);

    private protected override void AttendLinearly(in LinearAttention attention) => LinearAttentionScalar.Run(attention);

    private protected override void Decay(float* x, float* rate, float* bias, int count) => DecaysScalar.Run(x, rate, bias, count);

    private protected override void Scan(in StateScan scan) => StateScanScalar.Run(scan);

    private protected override int Threads => 1;

    private protected override void Run<TJob>(int items, long work, TJob job)
    {
        for (var i = 0; i < items; i++) job.Execute(i, 0);
    }

    private protected override void AddScaled(float* x, float factor, float* y, int count) => ElementwiseScalar.AddScaled(x, factor, y, count);

    private void Mlp(float* x, int tokens, MlpWeights weights, MlpActivation act, float* y)
    {
        var inner = weights.Inner;
        using var gate = new Scratch(Pool, (long)tokens * inner);
        using var up = new Scratch(Pool, weights.Up is null ? 0 : (long)tokens * inner);
        Multiply(x, tokens, (CpuWeight)weights.Gate, (CpuWeight?)weights.GateBias, gate.Data);
        if (weights.Up is CpuWeight ups) Multiply(x, tokens, ups, (CpuWeight?)weights.UpBias, up.Data);
        ActivationFunctions.GateScalar(act, gate.Data, up.Data, tokens * inner);
        Multiply(gate.Data, tokens, (CpuWeight)weights.Down, (CpuWeight?)weights.DownBias, y);
    }

    private void Multiply(float* x, int tokens, CpuWeight w, CpuWeight? bias, float* y, int groups = 1)
    {
        using var added = Widened(bias);
        for (var g = 0; g < groups; g++)
        {
            ProductsScalar.Run(new Product
            {
                X = x + g * w.Columns,
                XStride = groups * w.Columns,
                Tokens = tokens,
                W = w.Matrix,
                First = g * (w.Rows / groups),
                Last = (g + 1) * (w.Rows / groups),
                Bias = added.Data,
                Y = y,
                YStride = w.Rows,
            });
        }
    }

    private protected override Scratch Widened(CpuWeight? vector)
    {
        var values = new Scratch(Pool, vector?.Columns ?? 0);
        if (vector is not null) ElementwiseScalar.Widen(vector.Matrix, 0, values.Data);
        return values;
    }
}
