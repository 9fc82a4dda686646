using System.Diagnostics;
using System.Runtime.InteropServices;
using MoeDevtools.Checkpoints;
using MoeDevtools.Checkpoints.Tokenizers;
using MoeDevtools.Messages;
using MoeDevtools.Models;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Sampling;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Capture;

/// <summary>
/// A checkpoint that the daemon runs itself: weights, model and tokenizer, opened once; runs follow one another. Not thread safe: one run at a time.
/// </summary>
public sealed class ModelSession : IRoutingSource
{
    /// <summary>Tokens of one prefill pass: bounds memory; a longer prompt takes several passes of the same step.</summary>
    public const int PrefillChunk = 512;

    private readonly Dictionary<int, string> _tokenTexts = [];

    private ModelSession(Checkpoint checkpoint, Decoder model, Tokenizer? tokenizer, string? tokenizerFile)
    {
        TokenizerFile = tokenizerFile;
        Checkpoint = checkpoint;
        Model = model;
        Tokenizer = tokenizer;
    }

    public Checkpoint Checkpoint { get; }

    public Decoder Model { get; }

    /// <summary>What <see cref="Tokenizer"/> was read from.</summary>
    public string? TokenizerFile { get; }

    /// <inheritdoc/>
    public string Name => Checkpoint.Folder;

    /// <inheritdoc/>
    public string? Recording => null;

    /// <inheritdoc/>
    public IReadOnlyList<RouterInfo> Routers => Model.Routers;

    /// <summary>Null when the checkpoint has no tokenizer.json: then only ids go in and come out.</summary>
    public Tokenizer? Tokenizer { get; }

    /// <summary>Opens <paramref name="folder"/> on <paramref name="backend"/> (<c>simd</c>, <c>reference</c>).</summary>
    /// <param name="tokenizer">A tokenizer.json to use in place of the folder's own; null = the folder's.</param>
    /// <exception cref="UserError"/>
    public static ModelSession Open(string folder, string backend = BackendCatalogue.Default, string? tokenizer = null)
    {
        var checkpoint = Checkpoint.Open(folder);
        ITensorBackend? opened = null;
        try
        {
            opened = BackendCatalogue.Create(backend);
            var model = ModelLoader.Load(checkpoint, opened);
            var tokenizerFile = tokenizer ?? checkpoint.TokenizerFile;
            return new ModelSession(checkpoint, model, tokenizerFile is null ? null : Tokenizer.Load(tokenizerFile), tokenizerFile);
        }
        catch
        {
            opened?.Dispose();
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>A text as a sequence of ids.</summary>
    /// <exception cref="UserError">No tokenizer, or a text that it refuses.</exception>
    public SequenceInput FromText(string text, bool addSpecialTokens = true)
    {
        if (Tokenizer is null)
            throw new UserError("MOE5001", $"{Checkpoint.Folder} has no tokenizer.json.", $"Give token ids instead of text, or a tokenizer with --tokenizer.");
        var encoding = Tokenizer.Encode(text, addSpecialTokens);
        return new SequenceInput(encoding.Ids);
    }

    /// <summary>The text of one token as a person reads it: decoded alone, or its piece in the vocabulary where it is part of a character.</summary>
    public string? TextOf(int id)
    {
        if (Tokenizer is null) return null;
        if (_tokenTexts.TryGetValue(id, out var text)) return text;
        text = Tokenizer.Decode([id]);
        if (text.Length == 0 || text.Contains('\uFFFD', StringComparison.Ordinal)) text = Tokenizer.TokenOf(id) ?? text;
        return _tokenTexts[id] = text;
    }

    /// <inheritdoc/>
    public string? Decode(IReadOnlyList<int> ids) => Tokenizer?.Decode(ids as int[] ?? [.. ids]);

    /// <summary>
    /// Runs the sequences on the calling thread, which is the compute thread of <paramref name="sink"/>. Steps count from 1 over all sequences: one a prefill, one a decoded token.
    /// </summary>
    /// <exception cref="UserError">A sequence cannot be run.</exception>
    /// <exception cref="OperationCanceledException"/>
    public void Run(RunRequest request, IRoutingSink? sink, IRunObserver? observer, CancellationToken cancelled)
    {
        foreach (var input in request.Sequences)
        {
            Check(input);
            if (input.Ids.Count > Model.ContextLength)
                throw new UserError("MOE5003", $"{NameOf(input)} has {input.Ids.Count} tokens; the model's context is {Model.ContextLength} (max_position_embeddings).", $"Shorten it to {Model.ContextLength} tokens or fewer.");
        }
        var step = request.From is { } from ? from.Step - 1 : 0;
        for (var i = request.From?.Sequence ?? 0; i < request.Sequences.Count; i++)
        {
            observer?.OnSequence(i, request.Sequences[i]);
            var result = RunSequence(i, request.Sequences[i], request, request.From?.Sequence == i ? request.From : null, sink, observer, ref step, cancelled);
            observer?.OnSequenceEnd(result);
        }
    }

    public void Dispose()
    {
        Model.Dispose();
        Checkpoint.Dispose();
    }

    /// <summary>
    /// Refuses what no model can run. A reference may be longer than the context: what RoPE does past it is part of what is compared.
    /// </summary>
    /// <exception cref="UserError">Empty, or with an id that the model does not have.</exception>
    internal void Check(SequenceInput input)
    {
        var name = NameOf(input);
        if (input.Ids.Count == 0)
            throw new UserError("MOE5002", $"{name} has no tokens.", $"Give at least one token: a model cannot run on nothing.");
        for (var i = 0; i < input.Ids.Count; i++)
            if (input.Ids[i] < 0 || input.Ids[i] >= Model.VocabularySize)
                throw new UserError("MOE5004", $"{name}: token id {input.Ids[i]} at position {i} is outside the model's vocabulary of {Model.VocabularySize}.", $"Use ids from 0 to {Model.VocabularySize - 1}; a tokenizer of another model gives ids that do not fit.");
    }

    private static string NameOf(SequenceInput input) => input.Id ?? "the prompt";

    private SequenceResult RunSequence(
        int index, SequenceInput input, RunRequest request, Continuation? from, IRoutingSink? sink, IRunObserver? observer, ref long step, CancellationToken cancelled)
    {
        // With an encoder the text goes there, and what is decoded begins with the model's own first token.
        List<int> ids = Model.HasEncoder ? [Model.StartToken] : [.. input.Ids];
        var given = ids.Count;
        if (from is not null) ids.AddRange(from.Generated);
        var logits = new float[Model.VocabularySize];
        var routing = new RoutingPass { Step = step + 1 };
        // What is encoded has no likelihood.
        var score = request.Score && !Model.HasEncoder;
        var prompt = score || request.Logits
            ? new PromptLogits(Model.Backend, ids.ToArray(), Model.VocabularySize, request.Logits ? (position, row) => observer?.OnLogits(index, position, row) : null)
            : null;
        var capacity = (int)Math.Min(Model.ContextLength ?? int.MaxValue, (long)given + request.MaxNewTokens);
        using var state = Model.CreateState(capacity);

        var clock = Stopwatch.GetTimestamp();
        step++;
        if (from is not { Generated.Count: > 0 }) Prefill(sink, prompt);
        else
        {
            // The state of the steps before, decided as they were; then the step that is asked for.
            Prefill(from.Past, null);
            for (var at = given; at < ids.Count; at++) DecodeOne(at, at + 1 < ids.Count ? from.Past : sink);
        }
        var prefill = Stopwatch.GetElapsedTime(clock);

        clock = Stopwatch.GetTimestamp();
        var finish = Decode(index, input, request, from, sink, observer, ref step, ids, given, logits, routing, state, cancelled);
        var generated = ids.GetRange(given, ids.Count - given);
        return new SequenceResult
        {
            Sequence = index,
            Input = input,
            GeneratedIds = generated,
            Text = Tokenizer?.Decode(generated.ToArray()),
            Finish = finish,
            Nll = score ? prompt!.Nll : null,
            Prefill = prefill,
            Decode = Stopwatch.GetElapsedTime(clock),
        };

        void Prefill(IRoutingSink? listener, PromptLogits? reads)
        {
            var (pass, at) = (0, routing.Step);
            if (Model.HasEncoder)
            {
                FillRows(routing, at, pass++, Phase.Prefill, index, input, input.Ids, 0, input.Ids.Count, texts: listener is not null);
                Model.Encode(input.Ids.ToArray(), state, routing, listener, null, cancelled);
            }
            for (var start = 0; start < given; start += PrefillChunk)
            {
                var count = Math.Min(PrefillChunk, given - start);
                FillRows(routing, at, pass++, Phase.Prefill, index, input, ids, start, count, texts: listener is not null);
                if (reads is not null) reads.Start = start;
                using var last = Model.Forward(CollectionsMarshal.AsSpan(ids).Slice(start, count), state, routing, listener, reads, cancelled);
                Model.Backend.Read(last, 0, logits);
            }
        }

        void DecodeOne(int at, IRoutingSink? listener)
        {
            FillRows(routing, routing.Step, 0, Phase.Decode, index, input, ids, at, 1, texts: listener is not null);
            using var last = Model.Forward([ids[at]], state, routing, listener, null, cancelled);
            Model.Backend.Read(last, 0, logits);
        }
    }

    private string Decode(
        int index, SequenceInput input, RunRequest request, Continuation? from, IRoutingSink? sink, IRunObserver? observer, ref long step,
        List<int> ids, int given, float[] logits, RoutingPass routing, Models.Blocks.SequenceState state, CancellationToken cancelled)
    {
        var sampler = new Sampler(request.Sampling, request.Seed);
        if (from?.Sampler is { } drawn) sampler.Random.Resume(drawn);
        var stream = Tokenizer?.StreamDecode(skipSpecialTokens: false);
        for (var at = given; at < ids.Count; at++) stream?.Step(ids[at]);
        for (var generated = ids.Count - given; generated < request.MaxNewTokens; generated++)
        {
            cancelled.ThrowIfCancellationRequested();
            var drawsFrom = request.Sampling.IsGreedy ? null : sampler.Random.ToString();
            var id = sampler.Next(logits, CollectionsMarshal.AsSpan(ids));
            var logProbability = logits[id] - Formulas.LogSumExp(logits);
            observer?.OnToken(new GeneratedToken(index, step, ids.Count, id, stream?.Step(id), logProbability) { Sampler = drawsFrom });
            ids.Add(id);
            if (!request.IgnoreEos && Checkpoint.Generation.EosTokenIds.Contains(id)) return "eos";
            if (generated + 1 == request.MaxNewTokens) break;
            if (state.Length == state.Capacity) return "context";
            step++;
            FillRows(routing, step, 0, Phase.Decode, index, input, ids, ids.Count - 1, 1, texts: sink is not null);
            using var last = Model.Forward([id], state, routing, sink, null, cancelled);
            Model.Backend.Read(last, 0, logits);
            if (request.Logits) observer?.OnLogits(index, ids.Count - 1, logits);
        }
        return "length";
    }

    /// <summary>The rows of a pass, which then may run: a file that shrank since the last one is found before its pages are read.</summary>
    private void FillRows(RoutingPass routing, long step, int pass, Phase phase, int sequence, SequenceInput input, IReadOnlyList<int> ids, int start, int count, bool texts)
    {
        Checkpoint.EnsureUnchanged();
        (routing.Step, routing.Pass, routing.Phase) = (step, pass, phase);
        var rows = routing.Rows;
        rows.Reset(count);
        for (var i = 0; i < count; i++)
        {
            rows.Sequence[i] = sequence;
            rows.Position[i] = start + i;
            rows.TokenId[i] = ids[start + i];
            if (texts) rows.Text[i] = TextOf(ids[start + i]);
            rows.Label[i] = input.Label;
        }
    }
}
