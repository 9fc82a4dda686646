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

    /// <summary>An empty cache of up to <paramref name="capacity"/> entries; sizes are those of one head. The caller disposes it.</summary>
    /// <param name="valueSize">0 = the keys are the values too.</param>
    /// <param name="window">Of every attention that reads it: what none of them can see any more is forgotten, and only a copy leads back. 0 = all is kept.</param>
    /// <param name="rate">Positions that an entry stands for, when it is rewound or read as far keys.</param>
    KeyValueCache CreateCache(int heads, int keySize, int valueSize, int capacity, int window = 0, int rate = 1);

    /// <summary>A state of so many float32, all zero. The caller disposes it.</summary>
    Recurrence CreateRecurrence(int numbers);

    RoutedTokens CreateRouted();

    ChosenKeys CreateChosen();

    /// <summary>y[t] = table[ids[t]].</summary>
    void Embed(Weight table, ReadOnlySpan<int> ids, Activation y);

    /// <summary>y = x wᵀ (+ bias). x <c>[T, in]</c>, w <c>[out, in / groups]</c>, bias <c>[1, out]</c>, y <c>[T, out]</c>.</summary>
    /// <param name="groups">G: inputs and outputs are cut into as many equal runs, and each output reads its own run of the inputs.</param>
    void Linear(Activation x, Weight w, Weight? bias, Activation y, int groups = 1);

    /// <summary>
    /// y = x / √(mean(x²) + ε) ⊙ w over each run of <paramref name="size"/> columns: a whole row, or each head of it. w <c>[1, size]</c>, or <c>[1, columns of x]</c> where each
    /// head has its own part; null = without. y may be x.
    /// </summary>
    /// <param name="centre">Added to w, which some families store as its distance from 1.</param>
    void RmsNorm(Activation x, Weight? w, int size, float epsilon, Activation y, float centre = 0);

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

    /// <summary>x = f(x).</summary>
    void Apply(ActivationFunction function, Activation x);

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
    /// Rotates columns <paramref name="offset"/> to offset + 2·frequencies of each head of size <paramref name="headSize"/> in place; row t has position <paramref name="start"/> +
    /// t · <paramref name="step"/>. Angles are float32 products of position and ω.
    /// </summary>
    void Rotate(Activation x, RotaryFrequencies rotary, int headSize, int offset, int start, int step = 1);

    /// <summary>
    /// y = the causal convolution of each column of x alone: w <c>[columns, K]</c>, the last tap for the current token; bias <c>[1, columns]</c>. y is not x.
    /// </summary>
    /// <param name="tail">Of (K − 1) · columns numbers: the inputs before this pass. Takes in the T positions.</param>
    void Convolve(Activation x, Weight w, Weight? bias, Recurrence tail, Activation y);

    /// <summary>
    /// x = e^(−e^rate · softplus(x + bias)): factors of decay in place. rate <c>[1, n]</c>, one for each run of x.Columns / n columns; bias <c>[1, columns]</c>.
    /// </summary>
    void Decay(Activation x, Weight rate, Weight bias);

    /// <summary>
    /// Attention whose memory is a matrix S a head (gated delta rule, arXiv 2412.06464), token by token: S ← diag(decay) S; u = β (v − Sᵀ k), or v; S ← S + k uᵀ; y = Sᵀ q.
    /// q and k <c>[T, keyHeads·keySize]</c>, v and y <c>[T, heads·valueSize]</c>. y is none of the others.
    /// </summary>
    /// <param name="decay">Factors <c>[T, heads]</c>, or one a key channel <c>[T, heads·keySize]</c>; null where the shape has them.</param>
    /// <param name="beta"><c>[T, heads]</c>; null = u is v.</param>
    /// <param name="state">S of every head: heads·keySize·valueSize numbers. Takes in the T positions.</param>
    void AttendLinearly(Activation q, Activation k, Activation v, Activation? decay, Activation? beta, Recurrence state, LinearAttentionShape shape, Activation y);

    /// <summary>Appends T entries: keys <c>[T, keyColumns]</c>, values <c>[T, valueColumns]</c>, or null where the keys are the values.</summary>
    void Append(KeyValueCache cache, Activation keys, Activation? values);

    /// <summary>
    /// Softmax attention of the last T positions of the cache over all of it: q <c>[T, heads·keySize]</c>, y <c>[T, heads·valueSize]</c>. Causal unless the shape says that all
    /// is seen.
    /// </summary>
    /// <param name="far">Entries that each query sees besides, once the positions that they stand for are past; null = none.</param>
    /// <param name="chosen">What each query sees of <paramref name="far"/>, or of the cache where there is no far; null = all.</param>
    void Attend(Activation q, KeyValueCache cache, AttentionShape shape, Activation y, KeyValueCache? far = null, ChosenKeys? chosen = null);

    /// <summary>
    /// Chooses for each query the <paramref name="count"/> keys with the highest Σ_a weights[t, a] · max(0, q[t, a] · key) of those whose positions are past, or all if they are no more;
    /// among equals the first. q <c>[T, heads·keySize]</c>, weights <c>[T, heads]</c>; keys of one head.
    /// </summary>
    /// <param name="start">Position of the first query.</param>
    void Choose(Activation q, Activation weights, KeyValueCache keys, int count, int start, ChosenKeys chosen);

    /// <summary>
    /// Takes T tokens' k and z <c>[T, columns]</c> into <paramref name="window"/>, and makes an entry of every <paramref name="rate"/> tokens: Σ softmax(z) ⊙ k over them, channel by
    /// channel, where z has the token's row of <paramref name="places"/> added. With overlaps the columns are two halves, and an entry is made of the first halves of the tokens before
    /// its own and the second halves of its own.
    /// </summary>
    /// <param name="places"><c>[rate, columns]</c>.</param>
    /// <param name="window">Of <see cref="CompressionNumbers"/> numbers.</param>
    /// <param name="entries">What comes to its end in this pass <c>[⌊(start + T) / rate⌋ − ⌊start / rate⌋, columns or half]</c>.</param>
    void Compress(Activation k, Activation z, Weight places, Recurrence window, int rate, bool overlaps, Activation entries);

    /// <summary>Numbers that <see cref="Compress"/> keeps of the tokens of unfinished entries.</summary>
    static int CompressionNumbers(int rate, int columns, bool overlaps) => (overlaps ? 2 : 1) * rate * 2 * columns;

    /// <summary>
    /// Makes the weights of hyper-connections of what their projection says, in place: rows of S + S + S·S, or of S (<see cref="Numerics.Kernels.StreamMixing"/>).
    /// </summary>
    /// <param name="move"><c>[1, columns of weights]</c>.</param>
    /// <param name="scale"><c>[1, 3]</c> or <c>[1, 1]</c>.</param>
    void StreamWeights(Activation weights, Weight move, Weight scale, int streams, int iterations, float epsilon);

    /// <summary>y[t] = Σ_s weights[t, s] · x[t, s]: the streams x <c>[T, S·n]</c> as one <c>[T, n]</c>.</summary>
    void ReadStreams(Activation x, Activation weights, Activation y);

    /// <summary>x[t, k] = weights[t, S + k] · y[t] + Σ_j weights[t, 2S + j·S + k] · x[t, j], all k at once: what a block wrote, into streams that are mixed.</summary>
    void WriteStreams(Activation y, Activation weights, Activation x);

    /// <summary>
    /// Mamba's state space, row by row: Δ = softplus(steps + bias) within its limits; of each head S ← e^(Δ A) ⊙ S + Δ x Bᵀ, y = S C + D x. x and y <c>[T, H·P]</c>; steps <c>[T, H]</c>,
    /// whose contents are lost; b and c <c>[T, G·N]</c>; <paramref name="state"/> of <see cref="StateSpace.Numbers"/>, which takes T positions in.
    /// </summary>
    /// <param name="space">The same object each time: what is made of its weights is kept.</param>
    void Scan(Activation x, Activation steps, Activation b, Activation c, StateSpace space, Recurrence state, Activation y);

    /// <summary>The MLP of every row.</summary>
    void Mlp(Activation x, MlpWeights weights, MlpActivation act, Activation y);

    /// <summary>Decides for every row by the rule; logits <c>[T, experts]</c>.</summary>
    /// <param name="places">What earlier rows of the sequence chose, where the rule has a capacity; the rows of this pass are added.</param>
    /// <param name="lookedUp">Experts of the tokens <c>[T, k]</c>, where the rule decides by token id.</param>
    void Route(Activation logits, RouterRule rule, RoutedTokens routed, ExpertPlaces? places = null, ReadOnlySpan<int> lookedUp = default);

    /// <summary>Fills the columns that the batch says are present. The batch was reset for this router and pass.</summary>
    void Read(RoutedTokens routed, RoutingBatch batch);

    /// <summary>Takes the batch's selected experts and weights, and its number of slots, in place of the router's own.</summary>
    void Impose(RoutedTokens routed, RoutingBatch batch);

    /// <summary>
    /// y[t] = Σ over the slots that hold one of <paramref name="experts"/> of w · expert(x[t]), or of expert(w · x[t]) with <paramref name="weighInput"/>; rows without one become 0.
    /// </summary>
    void Experts(Activation x, RoutedTokens routed, IReadOnlyList<MlpWeights> experts, MlpActivation act, bool weighInput, Activation y);

    /// <summary>y[t] += x[t] · Σ w over the slots that hold an expert from <paramref name="first"/> on: identities, which <see cref="Experts"/> leaves out.</summary>
    void Identities(Activation x, RoutedTokens routed, int first, Activation y);

    /// <summary>Materialises rows <paramref name="firstRow"/>... on the host, row-major, until <paramref name="host"/> is full.</summary>
    void Read(Activation x, int firstRow, Span<float> host);

    /// <summary>y = rows <paramref name="firstRow"/>... of x, as many as y has; same columns.</summary>
    void CopyRows(Activation x, int firstRow, Activation y);
}
