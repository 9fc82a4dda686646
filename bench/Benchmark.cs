namespace MoeDevtools.Bench;

/// <summary>One entry of the catalogue.</summary>
/// <param name="About">One line for people.</param>
internal sealed record Benchmark(string Name, string About, Action<BenchContext> Run);
