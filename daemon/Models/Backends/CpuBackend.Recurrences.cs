using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Models.Backends;

// What takes tokens into a state of a fixed size: convolutions, linear attention, state spaces.
public abstract unsafe partial class CpuBackend
{
    private readonly Dictionary<StateSpace, DecayRates> _rates = new(ReferenceEqualityComparer.Instance);

    public void Convolve(Activation x, Weight w, Weight? bias, Recurrence tail, Activation y)
    {
        using var added = Widened((CpuWeight?)bias);
        var state = (CpuRecurrence)tail;
        Convolve(new Convolution
        {
            X = ((CpuActivation)x).Data,
            Weights = ((CpuWeight)w).Matrix,
            Bias = added.Data,
            Tail = state.Data,
            Y = ((CpuActivation)y).Data,
            Tokens = x.Rows,
            Channels = x.Columns,
        });
        state.Advance(x.Rows);
    }

    public void Decay(Activation x, Weight rate, Weight bias)
    {
        using var rates = Widened((CpuWeight)rate);
        using var added = Widened((CpuWeight)bias);
        using var factors = new Scratch(Pool, x.Columns);
        var run = x.Columns / rate.Columns;
        for (var c = 0; c < x.Columns; c++) factors.Data[c] = -MathF.Exp(rates.Data[c / run]);
        for (var t = 0; t < x.Rows; t++) Decay(((CpuActivation)x).Data + (nint)t * x.Columns, factors.Data, added.Data, x.Columns);
    }

    public void AttendLinearly(Activation q, Activation k, Activation v, Activation? decay, Activation? beta, Recurrence state, LinearAttentionShape shape, Activation y)
    {
        var memory = (CpuRecurrence)state;
        fixed (float* constant = shape.Decays)
        {
            AttendLinearly(new LinearAttention
            {
                Queries = ((CpuActivation)q).Data,
                Keys = ((CpuActivation)k).Data,
                Values = ((CpuActivation)v).Data,
                Decays = constant == null ? ((CpuActivation)decay!).Data : constant,
                DecayIsFixed = constant != null,
                DecaysChannels = decay is not null && decay.Columns != shape.Heads,
                Betas = beta is null ? null : ((CpuActivation)beta).Data,
                State = memory.Data,
                Y = ((CpuActivation)y).Data,
                Tokens = q.Rows,
                Heads = shape.Heads,
                KeyHeads = shape.KeyHeads,
                KeySize = shape.KeySize,
                ValueSize = shape.ValueSize,
            });
        }
        memory.Advance(q.Rows);
    }

    public void Scan(Activation x, Activation steps, Activation b, Activation c, StateSpace space, Recurrence state, Activation y)
    {
        var rates = _rates.TryGetValue(space, out var known) ? known : _rates[space] = new DecayRates(space);
        using var bias = Widened((CpuWeight?)space.StepBias);
        using var skip = Widened((CpuWeight)space.D);
        var delta = ((CpuActivation)steps).Data;
        var (stored, count) = ((CpuRecurrence)state, steps.Rows * steps.Columns);
        if (bias.Data != null)
            for (var i = 0; i < count; i++) delta[i] += bias.Data[i % steps.Columns];
        Apply(ActivationFunction.Softplus, steps);
        if (space.LeastStep > 0 || space.MostStep < float.PositiveInfinity)
            for (var i = 0; i < count; i++) delta[i] = Math.Clamp(delta[i], space.LeastStep, space.MostStep);
        fixed (float* a = rates.Values)
        {
            Scan(new StateScan
            {
                X = ((CpuActivation)x).Data,
                Steps = delta,
                B = ((CpuActivation)b).Data,
                C = ((CpuActivation)c).Data,
                Rates = a,
                Skip = skip.Data,
                State = stored.Data,
                Y = ((CpuActivation)y).Data,
                Tokens = x.Rows,
                Heads = space.Heads,
                HeadSize = space.HeadSize,
                Groups = space.Groups,
                StateSize = space.StateSize,
                RatePerNumber = rates.PerNumber,
            });
        }
        stored.Advance(x.Rows);
    }

    public void Compress(Activation k, Activation z, Weight places, Recurrence window, int rate, bool overlaps, Activation entries)
    {
        var state = (CpuRecurrence)window;
        var tokens = new Compression { Tokens = state.Data, Rate = rate, Columns = k.Columns, Overlaps = overlaps };
        using var added = new Scratch(Pool, rate * (long)k.Columns);
        for (var t = 0; t < Math.Min(rate, k.Rows); t++)
        {
            var place = (state.Length + t) % rate;
            ElementwiseScalar.Widen(((CpuWeight)places).Matrix, place, added.Data + (nint)place * k.Columns);
        }
        // An item is a block of an entry's channels: none needs another.
        Run(Chunks(tokens.Width, Compression.Block), (long)k.Rows * k.Columns, new CompressJob
        {
            Tokens = tokens,
            Keys = ((CpuActivation)k).Data,
            Scores = ((CpuActivation)z).Data,
            Places = added.Data,
            Start = state.Length,
            Count = k.Rows,
            Entries = ((CpuActivation)entries).Data,
        });
        state.Advance(k.Rows);
    }

    private protected abstract void Convolve(in Convolution convolution);

    private protected abstract void AttendLinearly(in LinearAttention attention);

    /// <summary>x = e^(rate ⊙ softplus(x + bias)).</summary>
    private protected abstract void Decay(float* x, float* rate, float* bias, int count);

    private protected abstract void Scan(in StateScan scan);

    private struct CompressJob : IJob
    {
        public Compression Tokens;
        public float* Keys;
        public float* Scores;
        public float* Places;
        public int Start;
        public int Count;
        public float* Entries;

        public readonly void Execute(int item, int worker)
        {
            var first = item * Compression.Block;
            var channels = Math.Min(Compression.Block, Tokens.Width - first);
            var entry = Entries + first;
            for (var t = 0; t < Count; t++)
            {
                var position = Start + t;
                var from = (nint)t * Tokens.Columns;
                var place = Places + (nint)(position % Tokens.Rate) * Tokens.Columns;
                Tokens.Take(position, first, channels, Keys + from, Scores + from, place);
                if ((position + 1) % Tokens.Rate != 0) continue;
                Tokens.Close(position, first, channels, entry);
                entry += Tokens.Width;
            }
        }
    }
}
