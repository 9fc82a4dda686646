using MoeDevtools.Probe;

namespace MoeDevtools.MoeTraining;

/// <summary>x + sum of w_e E_e(x) over the k experts of a row; E(x) = B relu(A x). Gradients are written by hand. One batch at a time.</summary>
internal sealed class MoeLayer
{
    public const int Experts = 8;
    public const int K = 2;

    private readonly int _width;
    private readonly int _hidden;
    private readonly float _balance;
    private readonly RouterProbe _router;
    private readonly Parameter _gate;
    private readonly Parameter[] _in;
    private readonly Parameter[] _out;

    // Of the last pass, for the way back.
    private float[] _x = [];
    private float[] _logits = [];
    private int[] _selected = [];
    private float[] _weights = [];
    private float[] _activated = [];

    /// <param name="probe">What the router decides is told to it.</param>
    /// <param name="balance">Factor of the balancing loss, N sum of f_e p_e (Fedus et al. 2021); below 0 it rewards imbalance.</param>
    public MoeLayer(MoeProbe probe, int layer, int width, int hidden, float balance, Random random)
    {
        (_width, _hidden, _balance) = (width, hidden, balance);
        _router = probe.Router($"layers.{layer}.moe.gate", Experts, K, new RouterRule { Normalise = true }, takesEmptySlots: true);
        _gate = new Parameter(Experts, width, 1 / MathF.Sqrt(width), random);
        _in = [.. Enumerable.Range(0, Experts).Select(_ => new Parameter(hidden, width, MathF.Sqrt(3f / width), random))];
        _out = [.. Enumerable.Range(0, Experts).Select(_ => new Parameter(hidden, width, MathF.Sqrt(3f / hidden), random))];
    }

    public IEnumerable<Parameter> Parameters => [_gate, .. _in, .. _out];

    /// <summary>Says what the router's weight is, before it learns.</summary>
    public void ObserveWeight() => _router.ObserveWeight(_gate.Values);

    /// <param name="x"><c>[tokens, width]</c>; kept until the way back.</param>
    public float[] Forward(float[] x)
    {
        var tokens = x.Length / _width;
        (_x, _logits, _selected, _weights, _activated) = (x, new float[tokens * Experts], new int[tokens * K], new float[tokens * K], new float[tokens * K * _hidden]);
        for (var t = 0; t < tokens; t++) Route(t);
        _router.Observe(_logits, _selected, _weights);
        var y = x.AsSpan().ToArray();
        for (var slot = 0; slot < _selected.Length; slot++)
        {
            var e = _selected[slot];
            if (e < 0) continue;                                   // taken out in a debugger
            var t = slot / K;
            var activated = _activated.AsSpan(slot * _hidden, _hidden);
            for (var h = 0; h < _hidden; h++)
            {
                activated[h] = MathF.Max(0, Vectors.Dot(_in[e].Row(h), Row(_x, t)));
                Vectors.Add(Row(y, t), _weights[slot] * activated[h], _out[e].Row(h));
            }
        }
        return y;
    }

    /// <param name="dy">Gradient of the loss by the result <c>[tokens, width]</c>.</param>
    /// <returns>That by x <c>[tokens, width]</c>; those of the parameters are added up in them.</returns>
    public float[] Backward(float[] dy)
    {
        var tokens = dy.Length / _width;
        var dx = dy.AsSpan().ToArray();
        var dLogits = new float[tokens * Experts];
        Span<float> dWeights = stackalloc float[K];
        for (var t = 0; t < tokens; t++)
        {
            for (var j = 0; j < K; j++) dWeights[j] = BackwardExpert(t * K + j, Row(dy, t), Row(dx, t));
            // Weights are the softmax over the logits of the chosen.
            var weights = _weights.AsSpan(t * K, K);
            var mean = Vectors.Dot(weights, dWeights);
            for (var j = 0; j < K; j++)
                if (_selected[t * K + j] is >= 0 and var e) dLogits[t * Experts + e] += weights[j] * (dWeights[j] - mean);
        }
        Balance(dLogits, tokens);
        for (var t = 0; t < tokens; t++)
            for (var e = 0; e < Experts; e++)
            {
                Vectors.Add(_gate.GradientOf(e), dLogits[t * Experts + e], Row(_x, t));
                Vectors.Add(Row(dx, t), dLogits[t * Experts + e], _gate.Row(e));
            }
        return dx;
    }

    /// <summary>Logits of a row, its k best, and their weights: the scores (softmax) of the chosen, divided by their sum.</summary>
    private void Route(int t)
    {
        var logits = _logits.AsSpan(t * Experts, Experts);
        for (var e = 0; e < Experts; e++) logits[e] = Vectors.Dot(_gate.Row(e), Row(_x, t));
        var selected = _selected.AsSpan(t * K, K);
        selected.Fill(-1);
        for (var j = 0; j < K; j++)
            for (var e = 0; e < Experts; e++)
                if (!selected[..j].Contains(e) && (selected[j] < 0 || logits[e] > logits[selected[j]])) selected[j] = e;
        var weights = _weights.AsSpan(t * K, K);
        var sum = 0f;
        for (var j = 0; j < K; j++) sum += weights[j] = MathF.Exp(logits[selected[j]] - logits[selected[0]]);
        foreach (ref var w in weights) w /= sum;
    }

    /// <summary>The way back through the expert of a slot.</summary>
    /// <returns>Gradient by the slot's weight.</returns>
    private float BackwardExpert(int slot, ReadOnlySpan<float> dy, Span<float> dx)
    {
        var e = _selected[slot];
        if (e < 0) return 0;
        var (weight, dWeight) = (_weights[slot], 0f);
        for (var h = 0; h < _hidden; h++)
        {
            var activated = _activated[slot * _hidden + h];
            if (activated == 0) continue;
            var along = Vectors.Dot(_out[e].Row(h), dy);
            dWeight += activated * along;
            Vectors.Add(_out[e].GradientOf(h), weight * activated, dy);
            Vectors.Add(_in[e].GradientOf(h), weight * along, Row(_x, slot / K));
            Vectors.Add(dx, weight * along, _in[e].Row(h));
        }
        return dWeight;
    }

    /// <summary>Adds the gradient of the balancing loss: f_e is the share of the choices, p_e the mean of the scores.</summary>
    private void Balance(float[] dLogits, int tokens)
    {
        var shares = new float[Experts];
        foreach (var e in _selected)
            if (e >= 0) shares[e] += 1f / _selected.Length;
        Span<float> scores = stackalloc float[Experts];
        for (var t = 0; t < tokens; t++)
        {
            Softmax.Of(_logits.AsSpan(t * Experts, Experts), scores);
            var mean = Vectors.Dot(shares, scores);
            for (var e = 0; e < Experts; e++) dLogits[t * Experts + e] += _balance * Experts / tokens * scores[e] * (shares[e] - mean);
        }
    }

    private Span<float> Row(float[] matrix, int row) => matrix.AsSpan(row * _width, _width);
}
