using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing;

namespace MoeDevtools.Models;

/// <summary>
/// A language model: embedding, layers, final norm, head, and before them an encoder where the family has one. Built by a family file; runs one sequence at a time on the
/// compute thread.
/// </summary>
public sealed class Decoder : IDisposable
{
    private const string Stack = "decoder";
    private const int HeadRows = 64;
    private readonly Weight _embedding;
    private readonly ILayer[] _layers;
    private readonly INorm _norm;
    private readonly Linear _head;
    private readonly RoutingBatch _batch = new();
    private readonly RoutedTokens _routed;
    private readonly ChosenKeys _chosen;

    internal Decoder(ITensorBackend backend, Weight embedding, IEnumerable<ILayer> layers, INorm norm, Linear head, int? contextLength, Encoder? encoder = null)
    {
        Backend = backend;
        (_embedding, _layers, _norm, _head, Encoder) = (embedding, [.. layers], norm, head, encoder);
        ContextLength = contextLength;
        Routers = [.. AllLayers.Select(l => l.FeedForward?.Router).OfType<RouterInfo>()];
        _routed = backend.CreateRouted();
        _chosen = backend.CreateChosen();
    }

    /// <summary>All routers in forward order; <see cref="RouterInfo.Index"/> is the place in this list.</summary>
    public IReadOnlyList<RouterInfo> Routers { get; }

    public ITensorBackend Backend { get; }

    public int VocabularySize => _embedding.Rows;

    public int HiddenSize => _embedding.Columns;

    /// <summary>The most positions that the config allows (<c>max_position_embeddings</c>); null = no limit.</summary>
    public int? ContextLength { get; }

    /// <summary>True where a text is encoded before tokens are generated; <see cref="StartToken"/> then begins what is generated.</summary>
    public bool HasEncoder => Encoder is not null;

    /// <summary>The first token of every decoded sequence (<c>decoder_start_token_id</c>); used with an encoder.</summary>
    public int StartToken { get; internal init; }

    /// <summary>
    /// True where the rotation of earlier positions depends on the sequence's length (dynamic and longrope RoPE): decoding with a cache then keeps their old turn, as the
    /// reference's own cache does, and a whole prefill does not.
    /// </summary>
    public bool PositionsTurn => _layers.Any(l => l.Mixers.Any(m => m.PositionsTurn));

    /// <summary>Numbers that the model computes with, extra prediction heads and scales left out.</summary>
    public long Parameters { get; internal set; }

    /// <summary>Parameters that one token leaves idle: experts it is not sent to.</summary>
    public long IdleParameters => AllLayers.Sum(l => l.FeedForward?.IdleParameters ?? 0);

    /// <summary>The most parameters that a token may leave idle beyond that, by going to identities in place of experts.</summary>
    public long SavedParameters => AllLayers.Sum(l => l.FeedForward?.SavedParameters ?? 0);

    /// <summary>Tensors of the checkpoint that the model does not read (extra prediction heads, say), in name order.</summary>
    public IReadOnlyList<string> UnusedTensors { get; internal set; } = [];

    /// <summary>Numbers that a sequence's state grows by with each position, all layers together.</summary>
    public long StateColumns => _layers.Sum(l => l.Mixers.Sum(m => m.StateColumns));

    /// <summary>Numbers of a sequence's state that do not grow, all layers together.</summary>
    public long FixedState => _layers.Sum(l => l.Mixers.Sum(m => m.FixedState));

    /// <summary>Every layer in forward order.</summary>
    public IEnumerable<LayerDescription> DescribeLayers() =>
        Described(Encoder.Stack, Encoder?.Layers ?? []).Concat(Described(Stack, _layers));

    internal float EmbeddingFactor { get; init; } = 1;

    internal float LogitFactor { get; init; } = 1;

    /// <summary>Where the layers have several residual streams; null = they have one.</summary>
    internal HyperConnection? Streams { get; init; }

    internal Encoder? Encoder { get; }

    private IEnumerable<ILayer> AllLayers => (Encoder?.Layers ?? []).Concat(_layers);

    /// <summary>Empty state for one sequence of at most <paramref name="capacity"/> positions. The caller disposes it.</summary>
    public SequenceState CreateState(int capacity) => new([.. _layers.Select(l => l.CreateState(Backend, capacity))], capacity);

    /// <summary>Encodes a text, which <paramref name="state"/> then holds for every token that is decoded. With an encoder, once and before the first token.</summary>
    /// <inheritdoc cref="Forward"/>
    public void Encode(
        ReadOnlySpan<int> tokens, SequenceState state, RoutingPass routing, IRoutingSink? sink, IForwardObserver? observer = null, CancellationToken cancelled = default)
    {
        var pass = Pass(tokens, 0, routing, sink, cancelled);
        using var encoded = Encoder!.Forward(tokens, pass, observer);
        for (var i = 0; i < _layers.Length; i++) ((CrossLayer)_layers[i]).Encode(encoded, state[i], pass);
    }

    /// <summary>
    /// Runs <paramref name="tokens"/> after what <paramref name="state"/> holds. Returns the logits of the last token <c>[1, vocabulary]</c>; the caller disposes them.
    /// </summary>
    /// <param name="routing">Step, pass, phase and one row a token, as routers report them.</param>
    /// <param name="sink">Hears every router; null = nobody.</param>
    /// <param name="observer">Sees hidden states and the logits of every token; null = nobody, and only the last token's logits are computed.</param>
    /// <exception cref="OperationCanceledException">Between two routers. The state is then that of an unfinished pass: rewind it or dispose it.</exception>
    public Activation Forward(
        ReadOnlySpan<int> tokens, SequenceState state, RoutingPass routing, IRoutingSink? sink, IForwardObserver? observer = null, CancellationToken cancelled = default)
    {
        var pass = Pass(tokens, state.Length, routing, sink, cancelled);
        using var x = Embed(tokens, pass);                   // [T, hidden], or the streams side by side
        observer?.OnHidden(Stack, 0, x);
        for (var i = 0; i < _layers.Length; i++)
        {
            _layers[i].Forward(x, state[i], pass);
            if (i + 1 < _layers.Length) observer?.OnHidden(Stack, i + 1, x);
        }
        state.Advance(tokens.Length);
        if (observer is not null) return ForwardHead(x, pass, observer);
        using var last = Backend.Rent(1, x.Columns);
        Backend.CopyRows(x, x.Rows - 1, last);
        using var normed = Normed(last, pass);
        return Head(normed, pass);
    }

    private Activation Embed(ReadOnlySpan<int> tokens, ForwardPass pass)
    {
        var x = pass.Rent(HiddenSize);
        Backend.Embed(_embedding, tokens, x);
        if (EmbeddingFactor != 1) Backend.Scale(x, EmbeddingFactor);
        if (Streams is null) return x;
        using (x) return Streams.Repeat(x, pass);
    }

    /// <summary>What the head reads <c>[rows of x, hidden]</c>.</summary>
    private Activation Normed(Activation x, ForwardPass pass)
    {
        var y = Streams is null ? Backend.Rent(x.Rows, HiddenSize) : Streams.ReadAll(x, pass);
        _norm.Forward(Streams is null ? x : y, pass, y);
        return y;
    }

    /// <summary>All tokens' logits, a few rows at a time: a vocabulary is large.</summary>
    private Activation ForwardHead(Activation x, ForwardPass pass, IForwardObserver observer)
    {
        using var normed = Normed(x, pass);
        observer.OnHidden(Stack, _layers.Length, normed);
        for (var row = 0; ; row += HeadRows)
        {
            using var some = Backend.Rent(Math.Min(HeadRows, x.Rows - row), HiddenSize);
            Backend.CopyRows(normed, row, some);
            var logits = Head(some, pass);
            observer.OnLogits(row, logits);
            if (row + some.Rows < x.Rows)
            {
                logits.Dispose();
                continue;
            }
            using (logits)
            {
                var last = Backend.Rent(1, VocabularySize);
                Backend.CopyRows(logits, logits.Rows - 1, last);
                return last;
            }
        }
    }

    public void Dispose()
    {
        _routed.Dispose();
        _chosen.Dispose();
        Backend.Dispose();
    }

    private ForwardPass Pass(ReadOnlySpan<int> tokens, int start, RoutingPass routing, IRoutingSink? sink, CancellationToken cancelled) => new()
    {
        Backend = Backend, Routing = routing, Sink = sink, Batch = _batch, Routed = _routed, Chosen = _chosen, Ids = tokens.ToArray(), Start = start, Cancelled = cancelled,
    };

    private Activation Head(Activation x, ForwardPass pass)
    {
        var logits = _head.Forward(x, pass);
        if (LogitFactor != 1) Backend.Scale(logits, LogitFactor);
        return logits;
    }

    private static IEnumerable<LayerDescription> Described(string stack, IEnumerable<ILayer> layers) =>
        layers.Select((layer, i) => layer.Describe(stack, i));
}
