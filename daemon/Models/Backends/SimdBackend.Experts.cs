using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Models.Backends;

// Gated MLPs, one or many experts at once: all gate and up chunks of all experts, then all down chunks, then the sums of the tokens.
public sealed unsafe partial class SimdBackend
{
    private readonly ExpertGroups _groups = new();

    public override void GatedMlp(Activation x, GatedWeights weights, ActivationFunction act, Activation y)
    {
        _groups.Fill(weights, x.Rows);
        RunGroups((CpuActivation)x, null, act, ((CpuActivation)y).Data);
    }

    public override void Experts(Activation x, RoutedTokens routed, IReadOnlyList<GatedWeights> experts, ActivationFunction act, Activation y)
    {
        var (from, to, decisions) = ((CpuActivation)x, (CpuActivation)y, (CpuRouted)routed);
        _groups.Fill(decisions, experts);
        using var outputs = new Scratch(Pool, (long)_groups.Pairs * y.Columns);
        fixed (int* tokens = _groups.TokenOf, pairs = _groups.PairOf)
        fixed (float* weights = decisions.Weights)
        {
            if (_groups.Pairs > 0) RunGroups(from, tokens, act, outputs.Data);
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
                Weights = weights,
                Block = block,
            });
        }
    }

    /// <summary>The unweighted outputs of <see cref="_groups"/>.</summary>
    /// <param name="x"><c>[T, hidden]</c>.</param>
    /// <param name="tokens">The row of x of each pair; null = the pair itself.</param>
    /// <param name="act">Of the gate.</param>
    /// <param name="outputs"><c>[pairs, hidden]</c>.</param>
    private void RunGroups(CpuActivation x, int* tokens, ActivationFunction act, float* outputs)
    {
        var first = _groups.Groups[0];
        var (pairs, inner, hidden) = (_groups.Pairs, first.Gate.Rows, first.Down.Rows);
        var (plainWanted, splitWanted) = (false, false);
        foreach (var group in _groups.Groups.AsSpan(0, _groups.Count))
        {
            var (gateSplits, upSplits) = (BlockOrder.SplitsPairs(group.Gate.Format), BlockOrder.SplitsPairs(group.Up.Format));
            plainWanted |= !gateSplits | !upSplits;
            splitWanted |= gateSplits | upSplits;
        }
        using var plain = new Scratch(Pool, plainWanted ? ArrangedFloats(x, false) : 0);
        using var split = new Scratch(Pool, splitWanted ? ArrangedFloats(x, true) : 0);
        using var gate = new Scratch(Pool, (long)pairs * inner);
        using var up = new Scratch(Pool, (long)pairs * inner);
        using var arranged = new Scratch(Pool, (long)pairs * BlockOrder.Padded(inner));
        var gateUp = new GateUpJob
        {
            Kernels = _kernels,
            Groups = _groups.Groups,
            X = Arrange(x, plain.Data, split.Data),
            Tokens = tokens,
            Act = act,
            Inner = inner,
            Gate = gate.Data,
            Up = up.Data,
            Arranged = arranged.Data,
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
            Chunk = ChunkRows(first.Down, _groups.Count),
        };
        down.ChunksPerGroup = Chunks(hidden, down.Chunk);
        Run(_groups.Count * down.ChunksPerGroup, (long)pairs * inner * hidden, down);
    }

    private struct GateUpJob : IJob
    {
        public SimdKernels Kernels;
        public ExpertGroup[] Groups;
        public Arranged X;
        public int* Tokens;
        public ActivationFunction Act;
        public int Inner;
        public float* Gate;
        public float* Up;
        public float* Arranged;
        public int Chunk;
        public int ChunksPerGroup;

        public readonly void Execute(int item, int worker)
        {
            var (index, chunk) = Math.DivRem(item, ChunksPerGroup);
            ref readonly var group = ref Groups[index];
            var first = chunk * Chunk;
            var last = Math.Min(first + Chunk, Inner);
            Multiply(group, group.Gate, first, last, Gate);
            Multiply(group, group.Up, first, last, Up);
            var padded = BlockOrder.Padded(Inner);
            var split = BlockOrder.SplitsPairs(group.Down.Format);
            for (var pair = group.Start; pair < group.Start + group.Count; pair++)
            {
                var gate = Gate + (nint)pair * Inner + first;
                Kernels.Gate(Act, gate, Up + (nint)pair * Inner + first, last - first);
                // Chunks are whole blocks, so that each fills its own part of the row.
                BlockOrder.Arrange(gate, last - first, split, Arranged + (nint)pair * padded + first);
            }
        }

        private readonly void Multiply(in ExpertGroup group, CpuWeight weight, int first, int last, float* y)
        {
            var x = X.For(weight.Format);
            Kernels.Multiply(new Product
            {
                X = Tokens == null ? x + group.Start * X.Stride : x,
                XStride = X.Stride,
                XRows = Tokens == null ? null : Tokens + group.Start,
                Tokens = group.Count,
                W = weight.Data,
                WStride = weight.Stride,
                Format = weight.Format,
                Columns = weight.Columns,
                First = first,
                Last = last,
                Y = y + (nint)group.Start * Inner,
                YStride = Inner,
            });
        }
    }

    private struct DownJob : IJob
    {
        public SimdKernels Kernels;
        public ExpertGroup[] Groups;
        public float* X;
        public float* Y;
        public int Rows;
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
                W = group.Down.Data,
                WStride = group.Down.Stride,
                Format = group.Down.Format,
                Columns = group.Down.Columns,
                First = chunk * Chunk,
                Last = Math.Min((chunk + 1) * Chunk, Rows),
                Y = Y + (nint)group.Start * Rows,
                YStride = Rows,
            });
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
                    if (Pairs[slot] >= 0) Kernels.AddScaled(Outputs + (nint)Pairs[slot] * Columns, Weights[slot], y, Columns);
                }
            }
        }
    }
}
