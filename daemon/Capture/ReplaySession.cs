using MoeDevtools.Checkpoints.Tokenizers;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Capture;

/// <summary>
/// A recording as if it ran: its batches in their order, with the sequences and generated tokens that belong to them. What a sink changes has no effect. Not thread safe.
/// </summary>
public sealed class ReplaySession : IRoutingSource
{
    private readonly TraceReader _reader;
    private readonly Tokenizer? _tokenizer;

    private ReplaySession(TraceReader reader, Tokenizer? tokenizer) => (_reader, _tokenizer) = (reader, tokenizer);

    public TraceInfo Info => _reader.Info;

    /// <inheritdoc/>
    public string Name => _reader.Path;

    /// <inheritdoc/>
    public string? Recording => _reader.Path;

    /// <inheritdoc/>
    public IReadOnlyList<RouterInfo> Routers => _reader.Routers;

    /// <param name="tokenizer">A tokenizer.json for the text of ids that the recording does not know; null = none.</param>
    /// <exception cref="UserError"/>
    public static ReplaySession Open(string path, string? tokenizer = null)
    {
        var loaded = tokenizer is null ? null : Tokenizer.Load(tokenizer);
        return new ReplaySession(TraceReader.Open(path), loaded);
    }

    /// <inheritdoc/>
    public string? TextOf(int id) => _reader.TextOf(id) ?? (_tokenizer is null ? null : _tokenizer.Decode([id]));

    /// <summary>With a tokenizer as it decodes; else the recorded texts one after the other, null where one is unknown.</summary>
    public string? Decode(IReadOnlyList<int> ids)
    {
        if (_tokenizer is not null) return _tokenizer.Decode([.. ids]);
        var texts = ids.Select(_reader.TextOf).ToList();
        return texts.Contains(null) ? null : string.Concat(texts);
    }

    /// <param name="request">Not used: the recording says what ran.</param>
    /// <param name="sink"><inheritdoc/></param>
    /// <param name="observer"><inheritdoc/></param>
    /// <param name="cancelled"><inheritdoc/></param>
    public void Run(RunRequest request, IRoutingSink? sink, IRunObserver? observer, CancellationToken cancelled)
    {
        var (pass, batch) = (new RoutingPass(), new RoutingBatch());
        var told = new Story(this, observer);
        for (var key = _reader.First(); key is { } at; key = _reader.Next(at))
        {
            cancelled.ThrowIfCancellationRequested();
            var wanted = sink?.Wanted(_reader.Routers[at.Router]) ?? RoutingColumns.None;
            if (!_reader.Read(at, pass, batch, wanted)) continue;
            told.ComesTo(at.Step, pass.Rows);
            if (batch.Present != RoutingColumns.None) sink!.OnRouted(batch);
        }
        told.End();
    }

    public void Dispose() => _reader.Dispose();

    /// <summary>Tells an observer of sequences and tokens as their steps come.</summary>
    private sealed class Story(ReplaySession session, IRunObserver? observer)
    {
        private readonly Dictionary<int, TraceSequence> _sequences = session._reader.Sequences().ToDictionary(s => s.Index);
        private readonly Queue<TraceToken> _tokens = new(session._reader.Tokens());
        private readonly List<int> _generated = [];
        private (int Index, SequenceInput Input)? _now;
        private long _step = long.MinValue;

        public void ComesTo(long step, RoutingRows rows)
        {
            if (step == _step || rows.Count == 0) return;
            TellTokens(before: step);
            _step = step;
            var index = rows.Sequence[0];
            if (index < 0 || _now?.Index == index) return;
            TellEnd();
            var known = _sequences.GetValueOrDefault(index);
            _now = (index, new SequenceInput(known?.Ids ?? []) { Id = known?.Id, Label = known?.Label });
            observer?.OnSequence(index, _now.Value.Input);
        }

        public void End()
        {
            TellTokens(before: long.MaxValue);
            TellEnd();
        }

        private void TellTokens(long before)
        {
            while (_tokens.TryPeek(out var token) && token.Step < before)
            {
                _tokens.Dequeue();
                _generated.Add(token.Id);
                observer?.OnToken(new GeneratedToken(token.Sequence, token.Step, token.Position, token.Id, token.Text, token.LogProbability) { Sampler = token.Sampler });
            }
        }

        private void TellEnd()
        {
            if (_now is not { } now) return;
            observer?.OnSequenceEnd(new SequenceResult
            {
                Sequence = now.Index,
                Input = now.Input,
                GeneratedIds = [.. _generated],
                Text = session.Decode(_generated),
                Finish = "recorded",
                Nll = null,
                Prefill = null,
                Decode = null,
            });
            _generated.Clear();
            _now = null;
        }
    }
}
