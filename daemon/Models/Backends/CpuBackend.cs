using MoeDevtools.Checkpoints;
using MoeDevtools.Messages;
using MoeDevtools.Numerics.Kernels;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Backends;

/// <summary>
/// What the backends on the processor have in common: memory, handles, cache, routing, and the operations that only move numbers.
/// Activations are dense and row-major; weights stay in the mapped file.
/// </summary>
public abstract unsafe class CpuBackend : ITensorBackend
{
    // Of what the process may have, so much can hold weights.
    private const double ShareForWeights = 0.75;

    private readonly Stack<CpuActivation> _activations = [];
    private readonly HashSet<nint> _bound = [];
    private long _boundBytes;
    private bool? _weightsOverflow;
    private readonly Dictionary<RelativePositions, DistanceScores> _distances = new(ReferenceEqualityComparer.Instance);
    private readonly RotaryTable[] _angles = [new(), new()];    // a set of frequencies for each type of layer, of which there are two at most

    public abstract string Name { get; }

    public abstract FormattableString Description { get; }

    private protected NativePool Pool { get; } = new();

    public Weight Bind(StoredMatrix matrix)
    {
        var (tensor, scales) = (matrix.Tensor, matrix.Scales);
        var format = tensor.Type switch
        {
            StoredType.F32 => WeightFormat.F32,
            StoredType.F16 => WeightFormat.F16,
            StoredType.BF16 => WeightFormat.Bf16,
            StoredType.F8_E4M3 when scales is not null => WeightFormat.F8E4M3,
            StoredType.U8 when scales is not null => WeightFormat.F4E2M1,
            _ => throw new UserError("MOE2010",
                $"{tensor.File}: {tensor.Name} is stored as {tensor.Type.Name()}; backend {Name} computes with F32, F16, BF16, and with F8_E4M3 and MXFP4 that have scales.",
                $"Use a checkpoint whose weights are stored in one of these types."),
        };
        var element = format.Bits() / 8;    // 0 for those of half a byte, whose rows are dense
        var vector = tensor.Shape.Length == 1;
        // Bytes from one output of the tensor to the next; of a vector, from one element to the next.
        var output = matrix.InputMajor || vector ? element : (long)matrix.Columns * format.Bits() / 8;
        var view = new WeightMatrix
        {
            Data = tensor.Data + matrix.First * output,
            Format = format,
            Columns = matrix.Columns,
            RowStride = (nint)(output * matrix.Step),
            ColumnStride = matrix.InputMajor ? (nint)tensor.Shape[^1] * element : vector ? element * matrix.Step : element,
            FirstStored = matrix.First,
            StoredStep = matrix.Step,
        };
        if (scales is not null)
        {
            view.ScaleFormat = scales.Tensor.Type switch
            {
                StoredType.F32 => WeightFormat.F32,
                StoredType.F16 => WeightFormat.F16,
                StoredType.BF16 => WeightFormat.Bf16,
                StoredType.U8 or StoredType.F8_E8M0 => WeightFormat.F8E8M0,
                _ => throw new UserError("MOE2013",
                    $"{scales.Tensor.File}: the scales {scales.Tensor.Name} are stored as {scales.Tensor.Type.Name()}; backend {Name} reads F32, F16, BF16 and F8_E8M0.",
                    $"Use a checkpoint whose scales are stored in one of these types."),
            };
            view.Scales = scales.Tensor.Data;
            view.ScaleStride = (nint)(scales.Tensor.Shape[^1] * view.ScaleFormat.Bits() / 8);
            (view.ScaleRows, view.ScaleColumns) = (scales.Rows, scales.Columns);
        }
        if (_bound.Add((nint)tensor.Data)) _boundBytes += tensor.Bytes;
        return new CpuWeight(tensor, matrix.Rows, view);
    }

    public Activation Rent(int rows, int columns)
    {
        var activation = _activations.Count > 0 ? _activations.Pop() : new CpuActivation(Pool, _activations);
        activation.Open(rows, columns);
        return activation;
    }

    public KeyValueCache CreateCache(int heads, int keySize, int valueSize, int capacity) => new CpuCache(heads, keySize, valueSize, capacity);

    public Recurrence CreateRecurrence(int numbers) => new CpuRecurrence(numbers);

    public RoutedTokens CreateRouted() => new CpuRouted();

    public void Embed(Weight table, ReadOnlySpan<int> ids, Activation y)
    {
        var (from, to) = ((CpuWeight)table, (CpuActivation)y);
        for (var t = 0; t < ids.Length; t++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(ids[t]);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(ids[t], from.Rows);
            ElementwiseScalar.Widen(from.Matrix, ids[t], to.Data + (nint)t * to.Columns);
        }
    }

    public abstract void Linear(Activation x, Weight w, Weight? bias, Activation y);

    public abstract void RmsNorm(Activation x, Weight? w, int size, float epsilon, Activation y);

    public abstract void LayerNorm(Activation x, Weight w, Weight? bias, float epsilon, Activation y);

    public abstract void Add(Activation x, Activation y, float factor = 1);

    public void Scale(Activation x, float factor) => Scale(((CpuActivation)x).Data, factor, x.Rows * x.Columns);

    public void ScaleRows(Activation x, ReadOnlySpan<float> factors)
    {
        for (var t = 0; t < x.Rows; t++) Scale(((CpuActivation)x).Data + (nint)t * x.Columns, factors[t], x.Columns);
    }

    public void Gate(Activation gate, ActivationFunction function, Activation y)
    {
        float* gates = ((CpuActivation)gate).Data, to = ((CpuActivation)y).Data;
        var run = y.Columns / gate.Columns;
        Gate(function, gates, run == 1 ? to : null, gate.Rows * gate.Columns);
        if (run == 1) new Span<float>(gates, gate.Rows * gate.Columns).CopyTo(new Span<float>(to, y.Rows * y.Columns));
        else for (var g = 0; g < gate.Rows * gate.Columns; g++) Scale(to + (nint)g * run, gates[g], run);
    }

    public void SoftCap(Activation x, float limit)
    {
        Scale(x, 1 / limit);
        Gate(ActivationFunction.Tanh, ((CpuActivation)x).Data, null, x.Rows * x.Columns);
        Scale(x, limit);
    }

    public abstract void Clamp(Activation x, float limit);

    public void CopyHeads(Activation x, int fromSize, int from, Activation y, int toSize, int to, int count, int heads)
    {
        var (source, target) = ((CpuActivation)x, (CpuActivation)y);
        var sourceStep = fromSize == source.Columns && heads > 1 ? 0 : fromSize;
        for (var t = 0; t < source.Rows; t++)
        {
            var sourceRow = source.Row(t);
            var targetRow = target.Row(t);
            for (var h = 0; h < heads; h++) sourceRow.Slice(h * sourceStep + from, count).CopyTo(targetRow[(h * toSize + to)..]);
        }
    }

    public void Rotate(Activation x, RotaryFrequencies rotary, int headSize, int offset, int start)
    {
        var activation = (CpuActivation)x;
        fixed (float* angles = Angles(rotary, start, activation.Rows)) Rotate(activation, rotary, headSize, offset, angles);
    }

    public void Append(KeyValueCache cache, Activation keys, Activation values) =>
        ((CpuCache)cache).Append(((CpuActivation)keys).Data, ((CpuActivation)values).Data, keys.Rows);

    public void Attend(Activation q, KeyValueCache cache, AttentionShape shape, Activation y)
    {
        var stored = (CpuCache)cache;
        ArgumentOutOfRangeException.ThrowIfNotEqual(shape.KeyValueHeads, stored.Heads);
        using var sinks = new Scratch(Pool, shape.Sinks is null ? 0 : shape.Heads);
        if (shape.Sinks is CpuWeight given) ElementwiseScalar.Widen(given.Matrix, 0, sinks.Data);
        var bias = shape.Positions is null ? null : Bias(shape.Positions, cache.Length);
        fixed (float* scores = bias?.Scores)
        {
            Attend(new Attention
            {
                Queries = ((CpuActivation)q).Data,
                Keys = stored.Keys,
                Values = stored.Values,
                Room = stored.Room,
                Y = ((CpuActivation)y).Data,
                Tokens = q.Rows,
                Length = cache.Length,
                Heads = shape.Heads,
                KeyValueHeads = shape.KeyValueHeads,
                KeySize = shape.KeySize,
                ValueSize = shape.ValueSize,
                Scale = shape.Scale,
                Window = shape.Window,
                Chunk = shape.Chunk,
                SeesAll = shape.SeesAll,
                Sinks = sinks.Data,
                Bias = scores,
                BiasSpan = bias?.Span ?? 0,
            });
        }
    }

    public abstract void Mlp(Activation x, MlpWeights weights, MlpActivation act, Activation y);

    public void Route(Activation logits, RouterRule rule, RoutedTokens routed, ExpertPlaces? places = null) =>
        ((CpuRouted)routed).Route(new ReadOnlySpan<float>(((CpuActivation)logits).Data, logits.Rows * logits.Columns), rule, places);

    public void Read(RoutedTokens routed, RoutingBatch batch) => ((CpuRouted)routed).Read(batch);

    public void Impose(RoutedTokens routed, RoutingBatch batch) => ((CpuRouted)routed).Impose(batch);

    public abstract void Experts(
        Activation x, RoutedTokens routed, IReadOnlyList<MlpWeights> experts, MlpActivation act, bool weighInput, Activation y);

    public void Read(Activation x, int firstRow, Span<float> host)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(host.Length, ((long)x.Rows - firstRow) * x.Columns);
        new ReadOnlySpan<float>(((CpuActivation)x).Data + (nint)firstRow * x.Columns, host.Length).CopyTo(host);
    }

    public void CopyRows(Activation x, int firstRow, Activation y)
    {
        for (var row = 0; row < y.Rows; row++) ((CpuActivation)x).Row(firstRow + row).CopyTo(((CpuActivation)y).Row(row));
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing) Pool.Dispose();
    }

    /// <summary>
    /// Asks for the pages of experts that are about to run: the first time of each, or always where the weights are more than memory holds.
    /// </summary>
    private protected void WillNeed(MlpWeights expert)
    {
        var eachTime = _weightsOverflow ??= _boundBytes > ShareForWeights * GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        ((CpuWeight)expert.Gate).WillNeed(eachTime);
        ((CpuWeight?)expert.Up)?.WillNeed(eachTime);
        ((CpuWeight)expert.Down).WillNeed(eachTime);
    }

    /// <param name="x">Rotated in place.</param>
    /// <param name="rotary">The pairing.</param>
    /// <param name="headSize">Columns of a head.</param>
    /// <param name="offset">First rotating column of a head.</param>
    /// <param name="angles">For each row its cosines, then its sines: <c>[rows, 2, frequencies]</c>.</param>
    private protected abstract void Rotate(CpuActivation x, RotaryFrequencies rotary, int headSize, int offset, float* angles);

    private protected abstract void Attend(in Attention attention);

    private protected abstract void Scale(float* x, float factor, int count);

    /// <summary>gate = f(gate) ⊙ up, or f(gate) where <paramref name="up"/> is null.</summary>
    private protected abstract void Gate(ActivationFunction function, float* gate, float* up, int count);

    /// <summary>The scores of every distance for a sequence of this length, kept for the next pass.</summary>
    private DistanceScores Bias(RelativePositions positions, int length)
    {
        if (!_distances.TryGetValue(positions, out var scores) || scores.Span < length - 1)
            _distances[positions] = scores = new DistanceScores(positions, ((CpuWeight)positions.Table).Matrix, Math.Max(2 * length, 64));
        return scores;
    }

    /// <summary>The angles of the last calls are kept: all layers of a type and pass turn by the same ones.</summary>
    private float[] Angles(RotaryFrequencies rotary, int start, int rows)
    {
        if (!_angles[0].IsOf(rotary, start, rows)) (_angles[0], _angles[1]) = (_angles[1], _angles[0]);
        if (!_angles[0].IsOf(rotary, start, rows)) _angles[0].Fill(rotary, start, rows);
        return _angles[0].Angles;
    }
}
