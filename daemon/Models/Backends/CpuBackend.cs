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
public abstract unsafe partial class CpuBackend : ITensorBackend
{
    // Less work than this (multiplications) is done before another thread has woken up.
    private protected const long WorthSharing = 1 << 16;

    // Of what the process may have, so much can hold weights.
    private const double ShareForWeights = 0.75;

    private readonly Stack<CpuActivation> _activations = [];
    private readonly HashSet<nint> _bound = [];
    private long _boundBytes;
    private bool? _weightsOverflow;
    private readonly Dictionary<RelativePositions, DistanceScores> _distances = new(ReferenceEqualityComparer.Instance);
    private readonly RotaryTable[] _angles = [new(), new(), new(), new(), new(), new(), new(), new()];    // what a pass asks for: two types of layers, to and fro, tokens and entries

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

    public KeyValueCache CreateCache(int heads, int keySize, int valueSize, int capacity, int window = 0, int rate = 1) =>
        new CpuCache(heads, keySize, valueSize, capacity, window, rate);

    public Recurrence CreateRecurrence(int numbers) => new CpuRecurrence(numbers);

    public RoutedTokens CreateRouted() => new CpuRouted();

    public ChosenKeys CreateChosen() => new CpuChosen();

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

    public abstract void Linear(Activation x, Weight w, Weight? bias, Activation y, int groups = 1);

    public abstract void RmsNorm(Activation x, Weight? w, int size, float epsilon, Activation y, float centre = 0);

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

    public void Apply(ActivationFunction function, Activation x) => Gate(function, ((CpuActivation)x).Data, null, x.Rows * x.Columns);

    public void SoftCap(Activation x, float limit)
    {
        Scale(x, 1 / limit);
        Apply(ActivationFunction.Tanh, x);
        Scale(x, limit);
    }

    public abstract void Clamp(Activation x, float limit);

    public void CopyHeads(Activation x, int fromSize, int from, Activation y, int toSize, int to, int count, int heads)
    {
        var block = RowsOf(heads * count);
        Run(Chunks(x.Rows, block), (long)x.Rows * heads * count, new CopyHeadsJob
        {
            From = ((CpuActivation)x).Data + from,
            FromColumns = x.Columns,
            FromSize = fromSize == x.Columns && heads > 1 ? 0 : fromSize,
            To = ((CpuActivation)y).Data + to,
            ToColumns = y.Columns,
            ToSize = toSize,
            Count = count,
            Heads = heads,
            Rows = x.Rows,
            Block = block,
        });
    }

    public void Rotate(Activation x, RotaryFrequencies rotary, int headSize, int offset, int start, int step = 1)
    {
        var activation = (CpuActivation)x;
        fixed (float* angles = Angles(rotary, start, step, activation.Rows)) Rotate(activation, rotary, headSize, offset, angles);
    }

    public void Append(KeyValueCache cache, Activation keys, Activation? values) =>
        ((CpuCache)cache).Append(((CpuActivation)keys).Data, values is null ? null : ((CpuActivation)values).Data, keys.Rows);

    public void Attend(Activation q, KeyValueCache cache, AttentionShape shape, Activation y, KeyValueCache? far = null, ChosenKeys? chosen = null)
    {
        var stored = (CpuCache)cache;
        var keys = chosen is CpuChosen { IsAll: false } some ? some : null;
        // Keys that are chosen of the cache itself are far ones, and there are no others.
        var (near, other) = far is null && keys is not null ? (null, stored) : (stored, (CpuCache?)far);
        ArgumentOutOfRangeException.ThrowIfNotEqual(shape.KeyValueHeads, stored.Heads);
        using var sinks = new Scratch(Pool, shape.Sinks is null ? 0 : shape.Heads);
        if (shape.Sinks is CpuWeight given) ElementwiseScalar.Widen(given.Matrix, 0, sinks.Data);
        var bias = shape.Positions is null ? null : Bias(shape.Positions, cache.Length);
        fixed (float* scores = bias?.Scores)
        fixed (int* rows = keys?.Keys)
        {
            Attend(new Attention
            {
                Queries = ((CpuActivation)q).Data,
                Keys = near is null ? null : near.Keys,
                Values = near is null ? null : near.Values,
                Room = stored.Room,
                Y = ((CpuActivation)y).Data,
                Tokens = q.Rows,
                Length = near?.Held ?? 0,
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
                FarKeys = other is { Held: > 0 } ? other.Keys : null,
                FarValues = other is null ? null : other.Values,
                FarRoom = other?.Room ?? 0,
                FarRate = other?.Rate ?? 1,
                Start = cache.Length - q.Rows,
                Chosen = rows,
                ChosenMost = keys?.Most ?? 0,
            });
        }
    }

    public void Choose(Activation q, Activation weights, KeyValueCache keys, int count, int start, ChosenKeys chosen)
    {
        const int Rows = 64;    // tokens whose scores of all keys are held at a time
        var (stored, to) = ((CpuCache)keys, (CpuChosen)chosen);
        to.Reset(q.Rows, count, isAll: (start + q.Rows) / stored.Rate <= count);
        if (to.IsAll) return;
        var all = new IndexScores { Keys = stored.Keys, Stride = stored.Held, Heads = weights.Columns, Size = q.Columns / weights.Columns, Rate = stored.Rate };
        using var scores = new Scratch(Pool, Math.Min(Rows, q.Rows) * (long)stored.Held);
        for (var t = 0; t < q.Rows; t += Rows)
        {
            var index = all with
            {
                Queries = ((CpuActivation)q).Data + (nint)t * q.Columns,
                Weights = ((CpuActivation)weights).Data + (nint)t * weights.Columns,
                Scores = scores.Data,
                Tokens = Math.Min(Rows, q.Rows - t),
                Start = start + t,
            };
            if (index.Finished(index.Tokens - 1) > count) ScoreKeys(index);
            fixed (int* rows = &to.Keys[(nint)t * count]) Select(index, count, rows);
        }
    }

    public abstract void Mlp(Activation x, MlpWeights weights, MlpActivation act, Activation y);

    public void Route(Activation logits, RouterRule rule, RoutedTokens routed, ExpertPlaces? places = null, ReadOnlySpan<int> lookedUp = default) =>
        ((CpuRouted)routed).Route(new ReadOnlySpan<float>(((CpuActivation)logits).Data, logits.Rows * logits.Columns), rule, places, lookedUp);

    public void Read(RoutedTokens routed, RoutingBatch batch) => ((CpuRouted)routed).Read(batch);

    public void Impose(RoutedTokens routed, RoutingBatch batch) => ((CpuRouted)routed).Impose(batch);

    public abstract void Experts(
        Activation x, RoutedTokens routed, IReadOnlyList<MlpWeights> experts, MlpActivation act, bool weighInput, Activation y);

    public void Identities(Activation x, RoutedTokens routed, int first, Activation y)
    {
        var (from, to, decisions) = ((CpuActivation)x, (CpuActivation)y, (CpuRouted)routed);
        for (var t = 0; t < x.Rows; t++)
        {
            var sum = 0.0;
            for (var slot = t * decisions.Slots; slot < (t + 1) * decisions.Slots; slot++)
                if (decisions.Selected[slot] >= first) sum += decisions.Weights[slot];
            if (sum != 0) ElementwiseScalar.AddScaled(from.Data + (nint)t * x.Columns, (float)sum, to.Data + (nint)t * y.Columns, x.Columns);
        }
    }

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

    /// <summary>Runs the items of a job; <paramref name="work"/> is about how many numbers they move or multiply.</summary>
    private protected abstract void Run<TJob>(int items, long work, TJob job) where TJob : struct, IJob;

    /// <summary>Threads that <see cref="Run{TJob}"/> may use.</summary>
    private protected abstract int Threads { get; }

    private protected static int Chunks(int count, int size) => (count + size - 1) / size;

    /// <summary>Rows of activations that one item takes.</summary>
    private protected static int RowsOf(int columns) => Math.Max(1, (int)(WorthSharing / 4) / Math.Max(1, columns));

    /// <summary>A vector as float32; null gives null.</summary>
    private protected abstract Scratch Widened(CpuWeight? vector);

    /// <summary>The same, with <paramref name="centre"/> added to each.</summary>
    private protected Scratch Widened(CpuWeight? vector, float centre)
    {
        var values = Widened(vector);
        if (centre != 0 && vector is not null)
        {
            for (var i = 0; i < vector.Columns; i++) values.Data[i] += centre;
        }
        return values;
    }

    /// <summary>All scores of an indexer.</summary>
    private protected abstract void ScoreKeys(IndexScores index);

    /// <summary>The <paramref name="count"/> best of each query's scores, to <c>[index.Tokens, count]</c>.</summary>
    private protected abstract void Select(IndexScores index, int count, int* chosen);

    /// <summary>The keys of one query.</summary>
    private protected static void Select(in IndexScores index, int token, int count, int* chosen)
    {
        var finished = index.Finished(token);
        var to = new Span<int>(chosen + (nint)token * count, Math.Min(count, finished));
        if (finished > count) TopKeys.Select(new ReadOnlySpan<float>(index.Scores + token * index.Stride, finished), to);
        else for (var j = 0; j < finished; j++) to[j] = j;
    }

    private protected abstract void Scale(float* x, float factor, int count);

    /// <summary>y += factor · x.</summary>
    private protected abstract void AddScaled(float* x, float factor, float* y, int count);

    /// <summary>gate = f(gate) ⊙ up, or f(gate) where <paramref name="up"/> is null.</summary>
    private protected abstract void Gate(ActivationFunction function, float* gate, float* up, int count);

    /// <summary>The scores of every distance for a sequence of this length, kept for the next pass.</summary>
    private DistanceScores Bias(RelativePositions positions, int length)
    {
        if (!_distances.TryGetValue(positions, out var scores) || scores.Span < length - 1)
            _distances[positions] = scores = new DistanceScores(positions, ((CpuWeight)positions.Table).Matrix, Math.Max(2 * length, 64));
        return scores;
    }

    /// <summary>The angles of the last calls are kept, the latest first: all layers of a type and pass turn by the same ones.</summary>
    private float[] Angles(RotaryFrequencies rotary, int start, int step, int rows)
    {
        var found = Array.FindIndex(_angles, table => table.IsOf(rotary, start, step, rows));
        var table = _angles[found < 0 ? ^1 : found];
        if (found < 0) table.Fill(rotary, start, step, rows);
        Array.Copy(_angles, 0, _angles, 1, found < 0 ? _angles.Length - 1 : found);
        return (_angles[0] = table).Angles;
    }

    private struct CopyHeadsJob : IJob
    {
        public float* From;
        public int FromColumns;
        public int FromSize;
        public float* To;
        public int ToColumns;
        public int ToSize;
        public int Count;
        public int Heads;
        public int Rows;
        public int Block;

        public readonly void Execute(int item, int worker)
        {
            for (var t = item * Block; t < Math.Min(Rows, (item + 1) * Block); t++)
            {
                float* from = From + (nint)t * FromColumns, to = To + (nint)t * ToColumns;
                for (var h = 0; h < Heads; h++) new ReadOnlySpan<float>(from + h * FromSize, Count).CopyTo(new Span<float>(to + h * ToSize, Count));
            }
        }
    }
}
