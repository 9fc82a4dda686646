namespace MoeDevtools.Bench.Models;

/// <summary>What the lists of a random model's tensors have in common.</summary>
internal static class TensorLists
{
    /// <summary>Gate, up and down of an MLP.</summary>
    public static IEnumerable<(string Name, int[] Shape)> Mlp(string prefix, int inner, int hidden, string gate = "gate_proj", string up = "up_proj", string down = "down_proj") =>
        [($"{prefix}.{gate}.weight", [inner, hidden]), ($"{prefix}.{up}.weight", [inner, hidden]), ($"{prefix}.{down}.weight", [hidden, inner])];

    /// <summary>Weights of the matrices among them, each of which a token is multiplied with once.</summary>
    public static long Products(this IEnumerable<(string Name, int[] Shape)> tensors) =>
        tensors.Where(t => t.Shape.Length > 1).Sum(t => t.Shape.Aggregate(1L, (n, d) => n * d));
}
