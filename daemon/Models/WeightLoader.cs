using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Blocks;

namespace MoeDevtools.Models;

/// <summary>
/// Binds a checkpoint's tensors to a backend while a model is built, each with the shape that the config implies, and remembers which were used.
/// </summary>
internal sealed class WeightLoader(Checkpoint checkpoint, ITensorBackend backend)
{
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    public ITensorBackend Backend => backend;

    /// <summary>Tensors of the checkpoint that the model did not ask for (extra prediction heads, say), in name order.</summary>
    public IReadOnlyList<string> Unused => [.. checkpoint.TensorNames.Where(n => !_used.Contains(n)).Order(StringComparer.Ordinal)];

    /// <summary>A matrix <c>[rows, columns]</c>.</summary>
    /// <exception cref="Messages.UserError">Missing, or of another shape.</exception>
    public Weight Matrix(string name, int rows, int columns) => backend.Bind(Take(name, rows, columns));

    /// <summary>A vector <c>[n]</c>.</summary>
    public Weight Vector(string name, int n) => backend.Bind(Take(name, n));

    /// <summary><c>PREFIX.weight</c> <c>[out, in]</c> and, where the family has one, <c>PREFIX.bias</c> <c>[out]</c>.</summary>
    public Linear Linear(string prefix, int outputs, int inputs, bool bias = false) =>
        new(Matrix(prefix + ".weight", outputs, inputs), bias ? Vector(prefix + ".bias", outputs) : null);

    public RmsNorm Norm(string prefix, int n, double epsilon) => new(Vector(prefix + ".weight", n), (float)epsilon);

    /// <summary>A gated MLP under <paramref name="prefix"/>: <c>gate_proj</c>, <c>up_proj</c>, <c>down_proj</c>, or the names given.</summary>
    public GatedWeights Gated(string prefix, int inner, int hidden, string gate = "gate_proj", string up = "up_proj", string down = "down_proj") =>
        new(Matrix($"{prefix}.{gate}.weight", inner, hidden), Matrix($"{prefix}.{up}.weight", inner, hidden), Matrix($"{prefix}.{down}.weight", hidden, inner));

    /// <summary>A small vector that belongs to a rule, not to a tensor operation (a correction bias): read to the host as float32.</summary>
    public float[] RuleData(string name, int n) => Take(name, n).ToFloats();

    private StoredTensor Take(string name, params ReadOnlySpan<long> shape)
    {
        _used.Add(name);
        return checkpoint.Get(name, shape);
    }
}
