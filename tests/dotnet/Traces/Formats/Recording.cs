using MoeDevtools.Capture;
using MoeDevtools.Routing;
using MoeDevtools.Tests.House;
using MoeDevtools.Traces;
using MoeDevtools.Traces.Formats;

namespace MoeDevtools.Tests.Traces.Formats;

/// <summary>Traces of real runs and of imports.</summary>
internal static class Recording
{
    /// <summary>Runs a sample and records every batch as it is when the sink returns.</summary>
    public static void Run(string path, string model, IReadOnlyList<string> texts, int newTokens = 0, Action<RoutingBatch>? change = null)
    {
        using var session = ModelSession.Open(Path.Combine(Repository.Root, model));
        var info = new TraceInfo { Writer = "test", Kind = TraceKind.Checkpoint, Created = DateTimeOffset.UnixEpoch, ModelType = session.Checkpoint.Config.ModelType };
        using var writer = TraceWriter.Create(path, info, session.Routers, new TraceOptions());
        IReadOnlyList<SequenceInput> inputs = [.. texts.Select(t => session.Tokenizer is null ? new SequenceInput([.. t.Split(',').Select(int.Parse)]) : session.FromText(t))];
        session.Run(new RunRequest { Sequences = inputs, MaxNewTokens = newTokens, IgnoreEos = true }, new Sink(writer, change), null, CancellationToken.None);
    }

    public static ImportReport ImportTo(string path, string file, ImportOptions? options = null)
    {
        using var sink = new ImportSink(path);
        return Importers.Import([file], options ?? new ImportOptions(), "test", DateTimeOffset.UnixEpoch, sink, CancellationToken.None);
    }

    /// <summary>Every decision of a trace, in order.</summary>
    public static List<string> Decisions(string path, RoutingColumns columns)
    {
        using var reader = TraceReader.Open(path);
        var (pass, batch, decisions) = (new RoutingPass(), new RoutingBatch(), new List<string>());
        for (var next = reader.First(); next is { } key; next = reader.Next(key))
        {
            Assert.True(reader.Read(key, pass, batch, columns));
            for (var row = 0; row < batch.Tokens; row++)
                decisions.Add(FormattableString.Invariant(
                    $"{key} {pass.Phase} {batch.Router.Name} {batch.Router.Id} {batch.Experts} {batch.Present} {pass.Rows.Sequence[row]} {pass.Rows.Position[row]} {pass.Rows.TokenId[row]} {string.Join(' ', batch.ExpertsOf(row).ToArray())}|{(batch.Has(RoutingColumns.RoutingWeights) ? string.Join(' ', batch.WeightsOf(row).ToArray()) : "")}|{(batch.Has(RoutingColumns.RouterLogits) ? string.Join(' ', batch.LogitsOf(row).ToArray()) : "")}|{(batch.Has(RoutingColumns.SelectionScores) ? string.Join(' ', batch.SelectionOf(row).ToArray()) : "")}"));
        }
        return decisions;
    }

    private sealed class Sink(TraceWriter writer, Action<RoutingBatch>? change) : IRoutingSink
    {
        public RoutingColumns Wanted(RouterInfo router) => writer.Wanted(router);

        public void OnRouted(RoutingBatch batch)
        {
            change?.Invoke(batch);
            writer.Add(batch);
        }
    }

    private sealed class ImportSink(string path) : IImportSink, IDisposable
    {
        private TraceWriter? _writer;

        public void Begin(TraceInfo info, IReadOnlyList<RouterInfo> routers) => _writer = TraceWriter.Create(path, info, routers, new TraceOptions());

        public void Add(TraceSequence sequence) => _writer!.Add(sequence);

        public void Add(RoutingBatch batch) => _writer!.Add(batch);

        public void Add(TraceLoads loads) => _writer!.Add(loads);

        public void Add(TraceDrop drop) => _writer!.Add(drop);

        public void Dispose() => _writer?.Close();
    }
}
