using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>Chooses the compressed entries that each query sees, as <see cref="Indexer"/> chooses positions: by small keys that are compressed alike.</summary>
/// <param name="Count">Entries that a query sees; all where they are no more.</param>
/// <param name="Q">query rank → A heads of the keys' size.</param>
/// <param name="Weights">hidden → <c>[A]</c>.</param>
/// <param name="Keys">Makes the keys.</param>
internal sealed record EntryIndexer(int Count, Linear Q, Linear Weights, Compressor Keys)
{
    public FormattableString Words => $"an indexer with {Weights.Out} heads of {Keys.Size} chooses {Count} entries a query";

    /// <summary>Takes the pass's tokens and leaves what is chosen in the pass.</summary>
    /// <param name="x">The attention's input <c>[T, hidden]</c>.</param>
    /// <param name="compressed">Its compressed queries <c>[T, query rank]</c>.</param>
    public void Choose(Activation x, Activation compressed, Recurrence window, KeyValueCache keys, RotaryFrequencies rotary, ForwardPass pass)
    {
        Keys.Take(x, window, keys, rotary, pass);
        using var q = Q.Forward(compressed, pass);
        using var w = Weights.Forward(x, pass);
        pass.Backend.Rotate(q, rotary, Keys.Size, Keys.Size - 2 * rotary.Frequencies.Length, pass.Start);
        pass.Backend.Choose(q, w, keys, Count, pass.Start, pass.Chosen);
    }
}
