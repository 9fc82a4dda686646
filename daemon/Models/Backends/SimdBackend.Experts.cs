using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Models.Backends;

// MLPs, one or many experts at once: all gate and up chunks of all experts, then all down chunks, then the sums of the tokens.
public sealed unsafe partial class SimdBackend
{
    private readonly ExpertGroups _groups = new();

    public override void Mlp(Activation x, MlpWeights weights, MlpActivation act, Activation y)
    {
        _groups.Fill(weights, x.Rows);
        RunGroups((CpuActivation)x, null, null, act, ((CpuActivation)y).Data);
    }

    public override void Experts(
        Activation x, RoutedTokens routed, IReadOnlyList<MlpWeights> experts, MlpActivation act, bool weighInput, Activation y)
    {
        var (from, to, decisions) = ((CpuActivation)x, (CpuActivation)y, (CpuRouted)routed);
        _groups.Fill(decisions, experts);
        foreach (var group in _groups.Groups.AsSpan(0, _groups.Count)) WillNeed(group.Weights);
        using var outputs = new Scratch(Pool, (long)_groups.Pairs * y.Columns);
        using var inputWeights = new Scratch(Pool, weighInput ? _groups.Pairs : 0);
        for (var pair = 0; weighInput && pair < _groups.Pairs; pair++) inputWeights.Data[pair] = decisions.Weights[_groups.SlotOf[pair]];
        fixed (int* tokens = _groups.TokenOf, pairs = _groups.PairOf)
        fixed (float* weights = decisions.Weights)
        {
            if (_groups.Pairs > 0) RunGroups(from, tokens, inputWeights.Data, act, outputs.Data);
            var block = RowsOf(y.Columns * Math.Max(1, decisions.Slots));
            Run(Chunks(y.Rows, block), (long)_groups.Pairs * y.Columns, new CombineJob
            {
                Kernels = _kernels,
                Outputs = outputs.Data,
                Y = to.Data,
                Rows = y.Rows,
                Columns = y.Columns,
                Slots = decisions.Slots,
                Pairs = pairs,
                Weights = weighInput ? null : weights,
                Block = block,
            });
        }
    }

    /// <summary>The outputs of <see cref="_groups"/>, before they are weighed.</summary>
    /// <param name="x"><c>[T, hidden]</c>.</param>
    /// <param name="tokens">The row of x of each pair; null = the pair itself.</param>
    /// <param name="inputWeights">What each pair's row of x is multiplied with; null = nothing.</param>
    /// <param name="act">Of gate and up.</param>
    /// <param name="outputs"><c>[pairs, hidden]</c>.</param>
    private void RunGroups(CpuActivation x, int* tokens, float* inputWeights, MlpActivation act, float* outputs)
    {
        var first = _groups.Groups[0];
        var (pairs, inner, hidden) = (_groups.Pairs, first.Gate.Rows, first.Down.Rows);
        var (plainWanted, splitWanted, biased) = (false, false, false);
        var scratch = 0L;
        foreach (var group in _groups.Groups.AsSpan(0, _groups.Count))
        {
            var (gateSplits, upSplits) = (group.Gate.Matrix.SplitsPairs, group.Up?.Matrix.SplitsPairs ?? group.Gate.Matrix.SplitsPairs);
            plainWanted |= !gateSplits | !upSplits;
            splitWanted |= gateSplits | upSplits;
            biased |= group.Weights.GateBias is not null | group.Weights.UpBias is not null | group.Weights.DownBias is not null;
            scratch = Math.Max(scratch, Math.Max(SimdKernels.ProductScratch(group.Gate.Matrix), SimdKernels.ProductScratch(group.Down.Matrix)));
            if (group.Up is not null) scratch = Math.Max(scratch, SimdKernels.ProductScratch(group.Up.Matrix));
        }
        using var plain = new Scratch(Pool, plainWanted ? ArrangedFloats(x, false) : 0);
        using var split = new Scratch(Pool, splitWanted ? ArrangedFloats(x, true) : 0);
        using var gate = new Scratch(Pool, (long)pairs * inner);
        using var up = new Scratch(Pool, first.Up is null ? 0 : (long)pairs * inner);
        using var arranged = new Scratch(Pool, (long)pairs * BlockOrder.Padded(inner));
        using var biases = new Scratch(Pool, biased ? _groups.Count * (2L * inner + hidden) : 0);
        using var memory = new Scratch(Pool, scratch * _workers.Threads);
        if (biased) WidenBiases(biases.Data, inner, hidden);
        var gateUp = new GateUpJob
        {
            Kernels = _kernels,
            Groups = _groups.Groups,
            X = Arrange(x, plain.Data, split.Data),
            Tokens = tokens,
            InputWeights = inputWeights,
            Act = act,
            Inner = inner,
            Gate = gate.Data,
            Up = up.Data,
            Biases = biases.Data,
            BiasStride = 2 * inner + hidden,
            Arranged = arranged.Data,
            Scratch = memory.Data,
            ScratchStride = scratch,
            Chunk = ChunkRows(first.Gate, 2 * _groups.Count),
        };
        gateUp.ChunksPerGroup = Chunks(inner, gateUp.Chunk);
        Run(_groups.Count * gateUp.ChunksPerGroup, 2L * pairs * inner * first.Gate.Columns, gateUp);

        var down = new DownJob
        {
            Kernels = _kernels,
            Groups = _groups.Groups,
            X = arranged.Data,
            Y = outputs,
            Rows = hidden,
            Biases = biases.Data == null ? null : biases.Data + 2 * inner,
            BiasStride = 2 * inner + hidden,
            Scratch = memory.Data,
            ScratchStride = scratch,
            Chunk = ChunkRows(first.Down, _groups.Count),
        };
        down.ChunksPerGroup = Chunks(hidden, down.Chunk);
        Run(_groups.Count * down.ChunksPerGroup, (long)pairs * inner * hidden, down);
    }

    /// <summary>Gate, up and down of each group, zeros where it has none.</summary>
    private void WidenBiases(float* to, int inner, int hidden)
    {
        new Span<float>(to, _groups.Count * (2 * inner + hidden)).Clear();
        foreach (var group in _groups.Groups.AsSpan(0, _groups.Count))
        {
            if (group.Weights.GateBias is CpuWeight gate) _kernels.Widen(gate.Matrix, 0, to);
            if (group.Weights.UpBias is CpuWeight up) _kernels.Widen(up.Matrix, 0, to + inner);
            if (group.Weights.DownBias is CpuWeight down) _kernels.Widen(down.Matrix, 0, to + 2 * inner);
            to += 2 * inner + hidden;
        }
    }

    private struct GateUpJob : IJob
    {
        public SimdKernels Kernels;
        public ExpertGroup[] Groups;
        public Arranged X;
        public int* Tokens;
        public float* InputWeights;
        public MlpActivation Act;
        public int Inner;
        public float* Gate;
        public float* Up;
        public float* Biases;
        public int BiasStride;
        public float* Arranged;
        public float* Scratch;
        public long ScratchStride;
        public int Chunk;
        public int ChunksPerGroup;

        public readonly void Execute(int item, int worker)
        {
            var (index, chunk) = Math.DivRem(item, ChunksPerGroup);
            ref readonly var group = ref Groups[index];
            var first = chunk * Chunk;
            var last = Math.Min(first + Chunk, Inner);
            var bias = Biases == null ? null : Biases + index * BiasStride;
            Multiply(group, group.Gate, first, last, bias, Gate, worker);
            if (group.Up is not null) Multiply(group, group.Up, first, last, bias == null ? null : bias + Inner, Up, worker);
            var padded = BlockOrder.Padded(Inner);
            var split = group.Down.Matrix.SplitsPairs;
            for (var pair = group.Start; pair < group.Start + group.Count; pair++)
            {
                var gate = Gate + (nint)pair * Inner + first;
                Kernels.Gate(Act, gate, group.Up is null ? null : Up + (nint)pair * Inner + first, last - first);
                // Chunks are whole blocks, so that each fills its own part of the row.
                BlockOrder.Arrange(gate, last - first, split, Arranged + (nint)pair * padded + first);
            }
        }

        private readonly void Multiply(in ExpertGroup group, CpuWeight weight, int first, int last, float* bias, float* y, int worker)
        {
            var x = X.For(weight);
            Kernels.Multiply(new Product
            {
                X = Tokens == null ? x + group.Start * X.Stride : x,
                XStride = X.Stride,
                XRows = Tokens == null ? null : Tokens + group.Start,
                Tokens = group.Count,
                W = weight.Matrix,
                First = first,
                Last = last,
                Bias = InputWeights == null ? bias : null,
                Y = y + (nint)group.Start * Inner,
                YStride = Inner,
            }, Scratch + worker * ScratchStride);
            if (InputWeights == null) return;
            // W (w x) = w (W x): the weight of the input is applied to what came of it.
            for (var pair = group.Start; pair < group.Start + group.Count; pair++)
            {
                var row = y + (nint)pair * Inner + first;
                Kernels.Scale(row, InputWeights[pair], last - first);
                if (bias != null) Kernels.AddScaled(bias + first, 1, row, last - first);
            }
        }
    }

    private struct DownJob : IJob
    {
        public SimdKernels Kernels;
        public ExpertGroup[] Groups;
        public float* X;
        public float* Y;
        public int Rows;
        public float* Biases;
        public int BiasStride;
        public float* Scratch;
        public long ScratchStride;
        public int Chunk;
        public int ChunksPerGroup;

        public readonly void Execute(int item, int worker)
        {
            var (index, chunk) = Math.DivRem(item, ChunksPerGroup);
            ref readonly var group = ref Groups[index];
            var padded = BlockOrder.Padded(group.Down.Columns);
            Kernels.Multiply(new Product
            {
                X = X + (nint)group.Start * padded,
                XStride = padded,
                Tokens = group.Count,
                W = group.Down.Matrix,
                First = chunk * Chunk,
                Last = Math.Min((chunk + 1) * Chunk, Rows),
                Bias = Biases == null ? null : Biases + index * BiasStride,
                Y = Y + (nint)group.Start * Rows,
                YStride = Rows,
            }, Scratch + worker * ScratchStride);
        }
    }

    private struct CombineJob : IJob
    {
        public SimdKernels Kernels;
        public float* Outputs;
        public float* Y;
        public int Rows;
        public int Columns;
        public int Slots;
        public int* Pairs;

        /// <summary>Null = the input had them.</summary>
        public float* Weights;
        public int Block;

        public readonly void Execute(int item, int worker)
        {
            for (var t = item * Block; t < Math.Min(Rows, (item + 1) * Block); t++)
            {
                var y = Y + (nint)t * Columns;
                new Span<float>(y, Columns).Clear();
                for (var slot = t * Slots; slot < (t + 1) * Slots; slot++)
                {
                    if (Pairs[slot] >= 0) Kernels.AddScaled(Outputs + (nint)Pairs[slot] * Columns, Weights == null ? 1 : Weights[slot], y, Columns);
                }
            }
        }
    }
}
