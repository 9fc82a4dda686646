using MoeDevtools.Checkpoints;
using MoeDevtools.Messages;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models;

/// <summary>
/// Binds a checkpoint's tensors to a backend while a model is built, each with the shape that the config implies, and remembers which were used. Names are those of the text model;
/// where a checkpoint has it inside a larger one, they are found under its prefix.
/// </summary>
internal sealed class WeightLoader
{
    private readonly Checkpoint _checkpoint;
    private readonly Quantization _quantization;
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly (string From, string To) _prefix;
    private IReadOnlyList<(string From, string To)[]> _spellings = [];

    public WeightLoader(Checkpoint checkpoint, ITensorBackend backend, Quantization quantization)
    {
        (_checkpoint, Backend, _quantization) = (checkpoint, backend, quantization);
        _prefix = checkpoint.TensorNames.Any(n => n.StartsWith("language_model.", StringComparison.Ordinal)) ? ("", "language_model.")
            : checkpoint.TensorNames.Any(n => n.StartsWith("model.language_model.", StringComparison.Ordinal)) ? ("model.", "model.language_model.")
            : ("", "");
    }

    public ITensorBackend Backend { get; }

    /// <summary>Tensors of the checkpoint that the model did not ask for (extra prediction heads, say), in name order.</summary>
    public IReadOnlyList<string> Unused => [.. _checkpoint.TensorNames.Where(n => !_used.Contains(n)).Order(StringComparer.Ordinal)];

    /// <summary>Numbers that the model computes with: elements as the model sees them, whatever they are stored as; scales are not counted.</summary>
    public long Parameters { get; private set; }

    /// <summary>Other spellings of the family's names, for tensors that are not there under the usual one: each replaces parts of it, in this order.</summary>
    public void Spell(params IReadOnlyList<(string From, string To)[]> spellings) => _spellings = spellings;

    /// <summary>The name that the checkpoint has for <paramref name="name"/>; where it has none, the usual one.</summary>
    public string NameOf(string name) =>
        _spellings.Count == 0 ? Prefixed(name)
        : new[] { name }.Concat(_spellings.Select(s => s.Aggregate(name, (n, part) => n.Replace(part.From, part.To, StringComparison.Ordinal))))
            .Select(Prefixed).FirstOrDefault(n => _checkpoint.TryGet(n, out _)) ?? Prefixed(name);

    public bool Has(string name) => _checkpoint.TryGet(NameOf(name), out _);

    /// <summary>A matrix <c>[rows, columns]</c>.</summary>
    /// <exception cref="UserError">Missing, of another shape, or without the scales that it needs.</exception>
    public Weight Matrix(string name, int rows, int columns) => Backend.Bind(Stored(name, rows, columns));

    /// <summary>A vector <c>[n]</c>.</summary>
    /// <param name="shape">What it is stored as, where that has more dimensions.</param>
    public Weight Vector(string name, int n, params ReadOnlySpan<long> shape) => Backend.Bind(new StoredMatrix(shape.IsEmpty ? Take(name, n) : Take(name, shape), 1, n));

    /// <summary><c>PREFIX.weight</c> <c>[out, in]</c> and, where the family has one, <c>PREFIX.bias</c> <c>[out]</c>.</summary>
    public Linear Linear(string prefix, int outputs, int inputs, bool bias = false) =>
        new(Matrix(prefix + ".weight", outputs, inputs), bias ? Vector(prefix + ".bias", outputs) : null);

    /// <summary>A causal convolution of each channel alone: <c>PREFIX.weight</c> <c>[channels, 1, K]</c>, its bias <c>[channels]</c> where the family has one.</summary>
    public CausalConvolution Convolution(string prefix, int channels, int taps, ActivationFunction? act, bool bias = false) => new(
        Backend.Bind(new StoredMatrix(Take(prefix + ".weight", channels, 1, taps), channels, taps)), bias ? Vector(prefix + ".bias", channels) : null, act);

    public RmsNorm RmsNorm(string prefix, int n, double epsilon) => new(Vector(prefix + ".weight", n), n, (float)epsilon);

    public LayerNorm LayerNorm(string prefix, int n, double epsilon, bool bias) =>
        new(Vector(prefix + ".weight", n), bias ? Vector(prefix + ".bias", n) : null, (float)epsilon);

    /// <summary>A gated MLP under <paramref name="prefix"/>, with biases on all three or none.</summary>
    public MlpWeights Mlp(string prefix, int inner, int hidden, bool bias = false, MlpNames? names = null)
    {
        names ??= MlpNames.Usual;
        return new MlpWeights(
            Matrix($"{prefix}.{names.Gate}.weight", inner, hidden), Matrix($"{prefix}.{names.Up}.weight", inner, hidden), Matrix($"{prefix}.{names.Down}.weight", hidden, inner))
        {
            GateBias = bias ? Vector($"{prefix}.{names.Gate}.bias", inner) : null,
            UpBias = bias ? Vector($"{prefix}.{names.Up}.bias", inner) : null,
            DownBias = bias ? Vector($"{prefix}.{names.Down}.bias", hidden) : null,
        };
    }

    /// <summary>An MLP without a gate under <paramref name="prefix"/>: <c>up_proj</c> and <c>down_proj</c>, with biases on both or none.</summary>
    public MlpWeights PlainMlp(string prefix, int inner, int hidden, bool bias = false)
    {
        var (up, down) = (Linear($"{prefix}.up_proj", inner, hidden, bias), Linear($"{prefix}.down_proj", hidden, inner, bias));
        return new MlpWeights(up.W, null, down.W) { GateBias = up.Bias, DownBias = down.Bias };
    }

    /// <summary>Experts without a gate: <c>PREFIX.e.up_proj.weight</c> ... one by one, or all in <c>PREFIX.up_proj</c> <c>[E, inner, hidden]</c> and <c>PREFIX.down_proj</c>.</summary>
    public IReadOnlyList<MlpWeights> PlainExperts(string prefix, int count, int inner, int hidden) => Has($"{prefix}.up_proj")
        ? [.. Stack($"{prefix}.up_proj", count, inner, hidden).Zip(Stack($"{prefix}.down_proj", count, hidden, inner), (up, down) => new MlpWeights(Backend.Bind(up), null, Backend.Bind(down)))]
        : [.. Enumerable.Range(0, count).Select(e => PlainMlp($"{prefix}.{e}", inner, hidden))];

    /// <summary>
    /// Experts as checkpoints have them: <c>PREFIX.e.gate_proj.weight</c> ... one by one, or all in <c>PREFIX.gate_up_proj</c> <c>[E, 2·inner, hidden]</c>, gates first, and
    /// <c>PREFIX.down_proj</c> <c>[E, hidden, inner]</c>.
    /// </summary>
    /// <param name="names">Of the single ones.</param>
    /// <param name="fused">Published checkpoints have them together; an error then names those tensors.</param>
    /// <param name="inputMajor">The fused tensors are the other way round: <c>[E, hidden, 2·inner]</c> and <c>[E, inner, hidden]</c>.</param>
    public IReadOnlyList<MlpWeights> Experts(string prefix, int count, int inner, int hidden, MlpNames? names = null, bool fused = false, bool inputMajor = false)
    {
        names ??= MlpNames.Usual;
        if (!Has($"{prefix}.gate_up_proj") && (!fused || Has($"{prefix}.0.{names.Gate}.weight")))
            return [.. Enumerable.Range(0, count).Select(e => Mlp($"{prefix}.{e}", inner, hidden, names: names))];
        var gateUp = Stack($"{prefix}.gate_up_proj", count, 2 * inner, hidden, inputMajor);
        var down = Stack($"{prefix}.down_proj", count, hidden, inner, inputMajor);
        return [.. gateUp.Zip(down, Halves)];
    }

    /// <summary>A gated MLP whose gates and ups are one matrix <c>[2·inner, hidden]</c>, gates first.</summary>
    public MlpWeights Halves(StoredMatrix gateUp, StoredMatrix down)
    {
        var inner = gateUp.Rows / 2;
        return new MlpWeights(Backend.Bind(gateUp.Outputs(0, inner)), Backend.Bind(gateUp.Outputs(inner, inner)), Backend.Bind(down));
    }

    /// <summary>A small vector that belongs to a rule, not to a tensor operation (a correction bias): read to the host as float32.</summary>
    public float[] RuleData(string name, params ReadOnlySpan<long> shape) => Take(name, shape).ToFloats();

    /// <summary>A tensor that follows from the config, and that checkpoints may have or not: its shape is checked. Null = absent.</summary>
    public StoredTensor? CheckIfPresent(string name, params ReadOnlySpan<long> shape) => Has(name) ? Use(name, shape) : null;

    /// <summary>Which experts each token id goes to <c>[vocabulary, k]</c>: integers, read to the host.</summary>
    /// <exception cref="UserError">Missing, of another shape or type, or with an expert that the router has not.</exception>
    public int[] TokenTable(string name, int vocabulary, RouterRule rule)
    {
        var tensor = Use(name, vocabulary, rule.K);
        var table = tensor.ToInts();
        if (Array.FindIndex(table, e => e < 0 || e >= rule.Experts) is >= 0 and var at)
            throw new UserError("MOE2040", $"{tensor.File}: {tensor.Name} sends token id {at / rule.K} to expert {table[at]}; the router has experts 0 to {rule.Experts - 1}.", $"Check that config.json and the weights belong together.");
        return table;
    }

    /// <summary>A matrix, not bound yet: for parts of it.</summary>
    public StoredMatrix Stored(string name, int rows, int columns, bool inputMajor = false)
    {
        var tensor = inputMajor ? Take(name, columns, rows) : Take(name, rows, columns);
        return new StoredMatrix(tensor, rows, columns) { InputMajor = inputMajor, Scales = ScalesOf(name, tensor, [], rows, columns, inputMajor) };
    }

    /// <summary>The matrices of a tensor <c>[count, rows, columns]</c>, or <c>[count, columns, rows]</c>.</summary>
    public IReadOnlyList<StoredMatrix> Stack(string name, int count, int rows, int columns, bool inputMajor = false)
    {
        var tensor = inputMajor ? Take(name, count, columns, rows) : Take(name, count, rows, columns);
        var scales = ScalesOf(name, tensor, [count], rows, columns, inputMajor);
        return [.. Enumerable.Range(0, count).Select(i => new StoredMatrix(tensor.Slice(i), rows, columns)
        {
            InputMajor = inputMajor,
            Scales = scales is null ? null : scales with { Tensor = scales.Tensor.Slice(i) },
        })];
    }

    /// <summary>The vectors of a tensor <c>[count, n]</c>.</summary>
    public IReadOnlyList<StoredMatrix> VectorStack(string name, int count, int n)
    {
        var tensor = Take(name, count, n);
        return [.. Enumerable.Range(0, count).Select(i => new StoredMatrix(tensor.Slice(i), 1, n))];
    }

    /// <summary>The matrices of an MXFP4 tensor: <c>NAME_blocks</c> <c>[count, rows, columns / 32, 16]</c> and <c>NAME_scales</c> <c>[count, rows, columns / 32]</c>, bytes both.</summary>
    public IReadOnlyList<StoredMatrix> Mxfp4Stack(string name, int count, int rows, int columns)
    {
        const int Block = 32;
        if (columns % Block != 0)
            throw new UserError("MOE2014", $"{name}_blocks: rows of {columns} elements are not whole blocks of {Block}.", $"Check that config.json and the weights belong together.");
        var blocks = OfBytes(Use($"{name}_blocks", count, rows, columns / Block, Block / 2));
        var scales = OfBytes(Use($"{name}_scales", count, rows, columns / Block));
        Parameters += (long)count * rows * columns;
        return [.. Enumerable.Range(0, count).Select(i => new StoredMatrix(blocks.Slice(i), rows, columns) { Scales = new BlockScales(scales.Slice(i), 1, Block) })];
    }

    private static StoredTensor OfBytes(StoredTensor tensor) => tensor.Type == StoredType.U8 ? tensor : throw new UserError("MOE2015",
        $"{tensor.File}: {tensor.Name} is stored as {tensor.Type.Name()}; MXFP4 is stored as U8.", $"Download the model again from its repository.");

    /// <summary>Null where the elements are the values themselves.</summary>
    private BlockScales? ScalesOf(string name, StoredTensor tensor, ReadOnlySpan<long> outer, int rows, int columns, bool inputMajor)
    {
        if (tensor.Type != StoredType.F8_E4M3) return null;
        if (_quantization.BlockRows == 0)
            throw new UserError("MOE2016", $"{tensor.File}: {tensor.Name} is stored as F8_E4M3, but {_checkpoint.Config.Path} has no quantization_config that says what its scales are for.", $"Take config.json from the model's repository, where it is complete.");
        if (inputMajor)
            throw new UserError("MOE2017", $"{tensor.File}: {tensor.Name} is stored as F8_E4M3 with inputs outermost, which has no defined scales.", $"Use a checkpoint whose weights are stored in F32, F16 or BF16.");
        var (blockRows, blockColumns) = (_quantization.BlockRows, _quantization.BlockColumns);
        var scales = Use($"{name}_scale_inv", [.. outer, (rows + blockRows - 1) / blockRows, (columns + blockColumns - 1) / blockColumns]);
        return new BlockScales(scales, blockRows, blockColumns);
    }

    private string Prefixed(string name) => name.StartsWith(_prefix.From, StringComparison.Ordinal) ? _prefix.To + name[_prefix.From.Length..] : name;

    private StoredTensor Take(string name, params ReadOnlySpan<long> shape)
    {
        var isNew = !_used.Contains(NameOf(name));
        var tensor = Use(name, shape);
        if (isNew) Parameters += tensor.ElementCount;
        return tensor;
    }

    private StoredTensor Use(string name, params ReadOnlySpan<long> shape)
    {
        name = NameOf(name);
        _used.Add(name);
        return _checkpoint.Get(name, shape);
    }
}
