using MoeDevtools.Probe;

namespace MoeDevtools.MoeTraining;

/// <summary>Guesses the next token from one token: an embedding, two layers of experts, a head.</summary>
internal sealed class Model
{
    private const int Width = 32;
    private const int Hidden = 32;

    private readonly MoeProbe _probe;
    private readonly Parameter _embedding;
    private readonly MoeLayer[] _layers;
    private readonly Parameter _head;

    public Model(MoeProbe probe, float balance, int seed)
    {
        var random = new Random(seed);
        _probe = probe;
        _embedding = new Parameter(Corpus.Vocabulary, Width, 1, random);
        _layers = [.. Enumerable.Range(0, 2).Select(layer => new MoeLayer(probe, layer, Width, Hidden, balance, random))];
        _head = new Parameter(Corpus.Vocabulary, Width, 1 / MathF.Sqrt(Width), random);
    }

    private IEnumerable<Parameter> Parameters => [_embedding, .. _layers.SelectMany(layer => layer.Parameters), _head];

    /// <summary>One forward pass and, in training, the way back; the gradients are added up.</summary>
    /// <param name="tokens"><c>[sequences, length]</c></param>
    /// <param name="following">What came next, for each.</param>
    /// <returns>Cross-entropy, nats a token.</returns>
    public double Pass(int[] tokens, int[] following, int sequences, bool training)
    {
        _probe.BeginPass<int>(tokens, sequences, training: training);
        var x = new float[tokens.Length * Width];
        for (var t = 0; t < tokens.Length; t++) _embedding.Row(tokens[t]).CopyTo(x.AsSpan(t * Width, Width));
        foreach (var layer in _layers) x = layer.Forward(x);
        var dx = new float[training ? x.Length : 0];
        var loss = Head(x, following, dx);
        if (!training) return loss;
        foreach (var layer in _layers.Reverse()) dx = layer.Backward(dx);
        for (var t = 0; t < tokens.Length; t++) Vectors.Add(_embedding.GradientOf(tokens[t]), 1, dx.AsSpan(t * Width, Width));
        return loss;
    }

    public void Learn(int step, float rate, double loss)
    {
        foreach (var layer in _layers) layer.ObserveWeight();
        _probe.Step(loss);
        foreach (var parameter in Parameters) parameter.Learn(step, rate);
    }

    /// <param name="dx">Gets the gradient by x; empty = there is no way back.</param>
    private double Head(float[] x, int[] following, float[] dx)
    {
        var loss = 0.0;
        Span<float> logits = stackalloc float[Corpus.Vocabulary];
        Span<float> shares = stackalloc float[Corpus.Vocabulary];
        for (var t = 0; t < following.Length; t++)
        {
            var row = x.AsSpan(t * Width, Width);
            for (var v = 0; v < logits.Length; v++) logits[v] = Vectors.Dot(_head.Row(v), row);
            Softmax.Of(logits, shares);
            loss -= Math.Log(shares[following[t]]);
            if (dx.Length == 0) continue;
            shares[following[t]] -= 1;
            for (var v = 0; v < logits.Length; v++)
            {
                var slope = shares[v] / following.Length;
                Vectors.Add(_head.GradientOf(v), slope, row);
                Vectors.Add(dx.AsSpan(t * Width, Width), slope, _head.Row(v));
            }
        }
        return loss / following.Length;
    }
}
