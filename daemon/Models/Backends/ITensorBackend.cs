using MoeDevtools.Checkpoints;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Backends;

/// <summary>
/// The coarse operations that models are written in. Blocks and families see opaque handles only: no span of numbers, pointer or dtype; what a sink wants is
/// materialised on the host (<see cref="Read(RoutedTokens, RoutingBatch)"/>), nothing else. One compute thread at a time.
/// T is the number of rows of the activations of a pass. Shapes are checked when a model is built, not here.
/// </summary>
public interface ITensorBackend : IDisposable
{
    /// <summary><c>simd</c> or <c>reference</c>.</summary>
    string Name { get; }

    /// <summary>What runs below, in words: instruction set and threads.</summary>
    FormattableString Description { get; }

    /// <summary>Takes a stored matrix or vector where it lies; nothing is copied or converted.</summary>
    /// <exception cref="Messages.UserError">The backend cannot compute with what it is stored as.</exception>
    Weight Bind(StoredMatrix matrix);

    /// <summary>A matrix with undefined contents from the pool; the caller disposes it.</summary>
    Activation Rent(int rows, int columns);

    /// <summary>An empty cache of up to <paramref name="capacity"/> positions; sizes are those of one head. The caller disposes it.</summary>
    KeyValueCache CreateCache(int heads, int keySize, int valueSize, int capacity);

    /// <summary>A state of so many float32, all zero. The caller disposes it.</summary>
    Recurrence CreateRecurrence(int numbers);

    RoutedTokens CreateRouted();

    /// <summary>y[t] = table[ids[t]].</summary>
    void Embed(Weight table, ReadOnlySpan<int> ids, Activation y);

    /// <summary>y = x wᵀ (+ bias). x <c>[T, in]</c>, w <c>[out, in]</c>, bias <c>[1, out]</c>, y <c>[T, out]</c>.</summary>
    void Linear(Activation x, Weight w, Weight? bias, Activation y);

    /// <summary>
    /// y = x / √(mean(x²) + ε) ⊙ w over each run of <paramref name="size"/> columns: a whole row, or each head of it. w <c>[1, size]</c>, null = without. y may be x.
    /// </summary>
    void RmsNorm(Activation x, Weight? w, int size, float epsilon, Activation y);

    /// <summary>y = (x − mean) / √(variance + ε) ⊙ w (+ bias) over rows. y may be x.</summary>
    void LayerNorm(Activation x, Weight w, Weight? bias, float epsilon, Activation y);

    /// <summary>y += factor · x.</summary>
    void Add(Activation x, Activation y, float factor = 1);

    /// <summary>x = factor · x.</summary>
    void Scale(Activation x, float factor);

    /// <summary>Row t of x times factors[t].</summary>
    void ScaleRows(Activation x, ReadOnlySpan<float> factors);

    /// <summary>y[t, c] *= f(gate[t, c / r]), r = y.Columns / gate.Columns: a gate for each column, each head or the whole row. The gate's contents are lost.</summary>
    void Gate(Activation gate, ActivationFunction function, Activation y);

    /// <summary>x = limit · tanh(x / limit).</summary>
    void SoftCap(Activation x, float limit);

    /// <summary>x clamped to [−limit, limit] in place.</summary>
    void Clamp(Activation x, float limit);

    /// <summary>
    /// Copies <paramref name="count"/> columns of each head: y[t, h·toSize + to ...] = x[t, h'·fromSize + from ...], h in 0..heads, h' = h, or 0 where x has
    /// one head for all (<paramref name="fromSize"/> = x.Columns and heads &gt; 1).
    /// </summary>
    void CopyHeads(Activation x, int fromSize, int from, Activation y, int toSize, int to, int count, int heads);

    /// <summary>
    /// Rotates columns <paramref name="offset"/> to offset + 2·frequencies of each head of size <paramref name="headSize"/> in place; row t has position <paramref name="start"/> + t.
    /// Angles are float32 products of position and ω.
    /// </summary>
    void Rotate(Activation x, RotaryFrequencies rotary, int headSize, int offset, int start);

    /// <summary>Appends T positions: keys <c>[T, keyColumns]</c>, values <c>[T, valueColumns]</c>.</summary>
    void Append(KeyValueCache cache, Activation keys, Activation values);

    /// <summary>
    /// Softmax attention of the last T positions of the cache over all of it: q <c>[T, heads·keySize]</c>, y <c>[T, heads·valueSize]</c>. Causal unless the shape says that all
    /// is seen.
    /// </summary>
    void Attend(Activation q, KeyValueCache cache, AttentionShape shape, Activation y);

    /// <summary>The MLP of every row.</summary>
    void Mlp(Activation x, MlpWeights weights, MlpActivation act, Activation y);

    /// <summary>Decides for every row by the rule; logits <c>[T, experts]</c>.</summary>
    /// <param name="places">What earlier rows of the sequence chose, where the rule has a capacity; the rows of this pass are added.</param>
    void Route(Activation logits, RouterRule rule, RoutedTokens routed, ExpertPlaces? places = null);

    /// <summary>Fills the columns that the batch says are present. The batch was reset for this router and pass.</summary>
    void Read(RoutedTokens routed, RoutingBatch batch);

    /// <summary>Takes the batch's selected experts and weights, and its number of slots, in place of the router's own.</summary>
    void Impose(RoutedTokens routed, RoutingBatch batch);

    /// <summary>
    /// y[t] = Σ over the filled slots of w · expert(x[t]), or of expert(w · x[t]) with <paramref name="weighInput"/>; rows without experts become 0.
    /// </summary>
    void Experts(Activation x, RoutedTokens routed, IReadOnlyList<MlpWeights> experts, MlpActivation act, bool weighInput, Activation y);

    /// <summary>Materialises rows <paramref name="firstRow"/>... on the host, row-major, until <paramref name="host"/> is full.</summary>
    void Read(Activation x, int firstRow, Span<float> host);

    /// <summary>y = rows <paramref name="firstRow"/>... of x, as many as y has; same columns.</summary>
    void CopyRows(Activation x, int firstRow, Activation y);
}
