namespace MoeDevtools.Analysis.Metrics;

/// <summary>
/// How often a token chooses expert i of router A and expert j of router B: N_ij. Within a layer A and B are the same router; from layer to layer B is a later one. With first choices
/// alone it is the flow of tokens from layer to layer. One thread.
/// </summary>
/// <param name="a">Experts of A.</param>
/// <param name="b">Experts of B.</param>
public sealed class CoActivation(int a, int b)
{
    private readonly long[] _ofA = new long[a];
    private readonly long[] _ofB = new long[b];

    public long Tokens { get; private set; }

    /// <summary>N_ij <c>[experts of A, experts of B]</c>.</summary>
    public long[,] Counts { get; } = new long[a, b];

    /// <summary>Tokens that chose an expert of A: N_i.</summary>
    public long OfA(int i) => _ofA[i];

    /// <summary>Tokens that chose an expert of B: N_j.</summary>
    public long OfB(int j) => _ofB[j];

    /// <summary>What one token chose; empty slots (-1) do not count.</summary>
    public void Add(ReadOnlySpan<int> inA, ReadOnlySpan<int> inB)
    {
        Tokens++;
        foreach (var j in inB)
            if ((uint)j < (uint)_ofB.Length) _ofB[j]++;
        foreach (var i in inA)
        {
            if ((uint)i >= (uint)_ofA.Length) continue;
            _ofA[i]++;
            foreach (var j in inB)
                if ((uint)j < (uint)_ofB.Length) Counts[i, j]++;
        }
    }

    /// <summary>N_ij / N_i: of the tokens that chose i, those that chose j too. Not symmetrical; NaN where none chose i.</summary>
    public double Share(int i, int j) => (double)Counts[i, j] / _ofA[i];

    /// <summary>N_ij T / (N_i N_j): 1 = chance, as often as if both were chosen independently. NaN where one was never chosen.</summary>
    public double Lift(int i, int j) => (double)Counts[i, j] / _ofA[i] * Tokens / _ofB[j];
}
