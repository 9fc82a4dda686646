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
    private readonly Stack<CpuActivation> _activations = [];
    private float[] _angles = [];
    private (RotaryFrequencies? Rotary, int Start, int Rows) _anglesOf;

    public abstract string Name { get; }

    public abstract string Description { get; }

    private protected NativePool Pool { get; } = new();

    public Weight Bind(StoredTensor tensor)
    {
        var format = tensor.Type switch
        {
            StoredType.F32 => WeightFormat.F32,
            StoredType.F16 => WeightFormat.F16,
            StoredType.BF16 => WeightFormat.Bf16,
            _ => throw new UserError("MOE2010",
                $"{tensor.File}: {tensor.Name} is stored as {tensor.Type.Name()}; backend {Name} computes with F32, F16 and BF16.",
                $"Use a checkpoint whose weights are stored in one of these types."),
        };
        var shape = tensor.Shape;
        if (shape.Length is not (1 or 2) || shape[0] > int.MaxValue || shape[^1] > int.MaxValue)
        {
            throw new UserError("MOE2011",
                $"{tensor.File}: {tensor} is neither a matrix nor a vector of a size that can be computed with.",
                $"Use a checkpoint whose weights have one or two dimensions.");
        }
        return new CpuWeight(tensor.Name, shape.Length == 1 ? 1 : (int)shape[0], (int)shape[^1], format, tensor.Data);
    }

    public Activation Rent(int rows, int columns)
    {
        var activation = _activations.Count > 0 ? _activations.Pop() : new CpuActivation(Pool, _activations);
        activation.Open(rows, columns);
        return activation;
    }

    public KeyValueCache CreateCache(int keyColumns, int valueColumns, int capacity) => new CpuCache(keyColumns, valueColumns, capacity);

    public RoutedTokens CreateRouted() => new CpuRouted();

    public void Embed(Weight table, ReadOnlySpan<int> ids, Activation y)
    {
        var (from, to) = ((CpuWeight)table, (CpuActivation)y);
        for (var t = 0; t < ids.Length; t++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(ids[t]);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(ids[t], from.Rows);
            ElementwiseScalar.Widen(from.Format, from.Row(ids[t]), to.Data + (nint)t * to.Columns, from.Columns);
        }
    }

    public abstract void Linear(Activation x, Weight w, Weight? bias, Activation y);

    public abstract void RmsNorm(Activation x, Weight w, float epsilon, Activation y);

    public abstract void Add(Activation x, Activation y);

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
        Attend(new Attention
        {
            Queries = ((CpuActivation)q).Data,
            Keys = stored.Keys,
            Values = stored.Values,
            Y = ((CpuActivation)y).Data,
            Tokens = q.Rows,
            Length = cache.Length,
            Heads = shape.Heads,
            KeyValueHeads = shape.KeyValueHeads,
            KeySize = shape.KeySize,
            ValueSize = shape.ValueSize,
            Scale = shape.Scale,
            Window = shape.Window,
        });
    }

    public abstract void GatedMlp(Activation x, GatedWeights weights, ActivationFunction act, Activation y);

    public void Route(Activation logits, RouterRule rule, RoutedTokens routed) =>
        ((CpuRouted)routed).Route(new ReadOnlySpan<float>(((CpuActivation)logits).Data, logits.Rows * logits.Columns), rule);

    public void Read(RoutedTokens routed, RoutingBatch batch) => ((CpuRouted)routed).Read(batch);

    public void Impose(RoutedTokens routed, RoutingBatch batch) => ((CpuRouted)routed).Impose(batch);

    public abstract void Experts(Activation x, RoutedTokens routed, IReadOnlyList<GatedWeights> experts, ActivationFunction act, Activation y);

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

    /// <param name="x">Rotated in place.</param>
    /// <param name="rotary">The pairing.</param>
    /// <param name="headSize">Columns of a head.</param>
    /// <param name="offset">First rotating column of a head.</param>
    /// <param name="angles">For each row its cosines, then its sines: <c>[rows, 2, frequencies]</c>.</param>
    private protected abstract void Rotate(CpuActivation x, RotaryFrequencies rotary, int headSize, int offset, float* angles);

    private protected abstract void Attend(in Attention attention);

    /// <summary>The angles of the last call are kept: all layers of a pass turn by the same ones.</summary>
    private float[] Angles(RotaryFrequencies rotary, int start, int rows)
    {
        var pairs = rotary.Frequencies.Length;
        if (ReferenceEquals(_anglesOf.Rotary, rotary) && _anglesOf.Start == start && _anglesOf.Rows == rows) return _angles;
        if (_angles.Length < rows * 2 * pairs) _angles = new float[rows * 2 * pairs];
        fixed (float* angles = _angles)
        {
            for (var t = 0; t < rows; t++)
            {
                var row = angles + (nint)t * 2 * pairs;
                RotaryAngles.Fill(rotary.Frequencies, start + t, rotary.Factor, row, row + pairs);
            }
        }
        _anglesOf = (rotary, start, rows);
        return _angles;
    }
}
