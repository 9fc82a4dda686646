namespace MoeDevtools.MoeTraining;

/// <summary>A matrix that learns, row-major, with its gradient and the moments of Adam (Kingma and Ba 2014).</summary>
internal sealed class Parameter
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.99f;

    private readonly float[] _first;
    private readonly float[] _second;

    public Parameter(int rows, int columns, float scale, Random random)
    {
        Columns = columns;
        (Values, Gradient, _first, _second) = (new float[rows * columns], new float[rows * columns], new float[rows * columns], new float[rows * columns]);
        for (var i = 0; i < Values.Length; i++) Values[i] = scale * (2 * random.NextSingle() - 1);
    }

    public int Columns { get; }

    public float[] Values { get; }

    public float[] Gradient { get; }

    public Span<float> Row(int row) => Values.AsSpan(row * Columns, Columns);

    public Span<float> GradientOf(int row) => Gradient.AsSpan(row * Columns, Columns);

    /// <summary>Takes step number <paramref name="step"/>, from 1, and clears the gradient.</summary>
    public void Learn(int step, float rate)
    {
        var (bias1, bias2) = (1 - MathF.Pow(Beta1, step), 1 - MathF.Pow(Beta2, step));
        for (var i = 0; i < Values.Length; i++)
        {
            _first[i] += (1 - Beta1) * (Gradient[i] - _first[i]);
            _second[i] += (1 - Beta2) * (Gradient[i] * Gradient[i] - _second[i]);
            Values[i] -= rate * (_first[i] / bias1) / (MathF.Sqrt(_second[i] / bias2) + 1e-8f);
            Gradient[i] = 0;
        }
    }
}
