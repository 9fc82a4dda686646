using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>Makes an entry of every <see cref="Rate"/> tokens, which an attention reads in their place.</summary>
/// <param name="Kv">hidden → the entry's size, twice that where entries overlap.</param>
/// <param name="Gate">The same: what softmax weighs the tokens of an entry by, channel by channel.</param>
/// <param name="Places">On the gate, by the token's place in its entry <c>[Rate, columns of Kv]</c>.</param>
/// <param name="Norm">Of the entry.</param>
/// <param name="Rate">ρ.</param>
/// <param name="Overlaps">An entry is made of the tokens before its own, too.</param>
internal sealed record Compressor(Linear Kv, Linear Gate, Weight Places, RmsNorm Norm, int Rate, bool Overlaps)
{
    public int Size => Norm.Size;

    /// <summary>Numbers that its state grows by with each position, rounded up.</summary>
    public long StateColumns => (Size + Rate - 1) / Rate;

    /// <summary>Numbers that it keeps of the tokens of unfinished entries.</summary>
    public long FixedState => ITensorBackend.CompressionNumbers(Rate, Kv.Out, Overlaps);

    /// <summary>The tokens of unfinished entries, and the finished entries.</summary>
    public MixerState[] CreateStates(ITensorBackend backend, int capacity) =>
        [backend.CreateRecurrence((int)FixedState), backend.CreateCache(1, Size, 0, capacity / Rate, rate: Rate)];

    /// <summary>Takes the pass's tokens x <c>[T, hidden]</c>; what they finish is normed, turned to the place of its first token and appended to <paramref name="entries"/>.</summary>
    public void Take(Activation x, Recurrence window, KeyValueCache entries, RotaryFrequencies rotary, ForwardPass pass)
    {
        var (first, end) = (pass.Start / Rate, pass.TotalLength / Rate);
        using var k = Kv.Forward(x, pass);
        using var z = Gate.Forward(x, pass);
        using var made = pass.Backend.Rent(end - first, Size);
        pass.Backend.Compress(k, z, Places, window, Rate, Overlaps, made);
        if (end == first) return;
        Norm.Forward(made, pass, made);
        pass.Backend.Rotate(made, rotary, Size, Size - 2 * rotary.Frequencies.Length, first * Rate, Rate);
        pass.Backend.Append(entries, made, null);
    }
}
