using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Models.Backends;

/// <summary>The twin that every faster backend is compared with: plain loops on one thread, sums in double.</summary>
public sealed unsafe class ScalarBackend : CpuBackend
{
    private double[] _scores = [];

    public override string Name => "reference";

    public override string Description => "plain loops with double sums, 1 thread";

    public override void Linear(Activation x, Weight w, Weight? bias, Activation y) =>
        Multiply(((CpuActivation)x).Data, x.Rows, (CpuWeight)w, (CpuWeight?)bias, ((CpuActivation)y).Data);

    public override void RmsNorm(Activation x, Weight w, float epsilon, Activation y)
    {
        var (from, to, weight) = ((CpuActivation)x, (CpuActivation)y, (CpuWeight)w);
        using var factors = Widened(weight);
        for (var run = 0L; run < (long)x.Rows * x.Columns / w.Columns; run++)
            RmsNormScalar.Run(from.Data + run * w.Columns, factors.Data, epsilon, to.Data + run * w.Columns, w.Columns);
    }

    public override void Add(Activation x, Activation y) =>
        ElementwiseScalar.Add(((CpuActivation)x).Data, ((CpuActivation)y).Data, x.Rows * x.Columns);

    public override void Clamp(Activation x, float limit) => ElementwiseScalar.Clamp(((CpuActivation)x).Data, limit, x.Rows * x.Columns);

    public override void GatedMlp(Activation x, GatedWeights weights, ActivationFunction act, Activation y) =>
        GatedMlp(((CpuActivation)x).Data, x.Rows, weights, act, ((CpuActivation)y).Data);

    public override void Experts(Activation x, RoutedTokens routed, IReadOnlyList<GatedWeights> experts, ActivationFunction act, Activation y)
    {
        var (from, to, decisions) = ((CpuActivation)x, (CpuActivation)y, (CpuRouted)routed);
        using var output = new Scratch(Pool, y.Columns);
        var sums = new double[y.Columns];
        for (var t = 0; t < x.Rows; t++)
        {
            Array.Clear(sums);
            for (var j = 0; j < decisions.Slots; j++)
            {
                var expert = decisions.Selected[t * decisions.Slots + j];
                if (expert < 0) continue;
                GatedMlp(from.Data + (nint)t * x.Columns, 1, experts[expert], act, output.Data);
                double weight = decisions.Weights[t * decisions.Slots + j];
                for (var c = 0; c < sums.Length; c++) sums[c] += weight * output.Data[c];
            }
            var row = to.Row(t);
            for (var c = 0; c < sums.Length; c++) row[c] = (float)sums[c];
        }
    }

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
        if (_scores.Length < attention.Length) _scores = new double[attention.Length];
        AttentionScalar.Run(attention, _scores);
    }

    private void GatedMlp(float* x, int tokens, GatedWeights weights, ActivationFunction act, float* y)
    {
        var inner = weights.Gate.Rows;
        using var gate = new Scratch(Pool, (long)tokens * inner);
        using var up = new Scratch(Pool, (long)tokens * inner);
        Multiply(x, tokens, (CpuWeight)weights.Gate, null, gate.Data);
        Multiply(x, tokens, (CpuWeight)weights.Up, null, up.Data);
        ActivationFunctions.GateScalar(act, gate.Data, up.Data, tokens * inner);
        Multiply(gate.Data, tokens, (CpuWeight)weights.Down, null, y);
    }

    private void Multiply(float* x, int tokens, CpuWeight w, CpuWeight? bias, float* y)
    {
        using var added = Widened(bias);
        ProductsScalar.Run(new Product
        {
            X = x,
            XStride = w.Columns,
            Tokens = tokens,
            W = w.Data,
            WStride = w.Stride,
            Format = w.Format,
            Columns = w.Columns,
            First = 0,
            Last = w.Rows,
            Bias = added.Data,
            Y = y,
            YStride = w.Rows,
        });
    }

    private Scratch Widened(CpuWeight? vector)
    {
        var values = new Scratch(Pool, vector?.Columns ?? 0);
        if (vector is not null) ElementwiseScalar.Widen(vector.Format, vector.Data, values.Data, vector.Columns);
        return values;
    }
}
