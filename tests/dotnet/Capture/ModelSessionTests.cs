using System.Diagnostics;
using MoeDevtools.Capture;
using MoeDevtools.Messages;
using MoeDevtools.Models.Sampling;
using MoeDevtools.Routing;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Capture;

public sealed class ModelSessionTests : IDisposable
{
    private const string Prompt = "7 * 1 = 7\n7 * 2 =";
    private readonly ModelSession _session = ModelSession.Open(Path.Combine(Repository.Root, "samples/olmoe-tiny"));

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("simd")]
    [InlineData("reference")]
    public void Capture_NeverChangesTheOutput(string backend)
    {
        using var session = ModelSession.Open(Path.Combine(Repository.Root, "samples/deepseek-tiny"), backend);
        var without = Run(session, sink: null);
        var with = Run(session, new RecordingSink());

        Assert.Equal(without.Select(t => t.Id), with.Select(t => t.Id));
        Assert.Equal(without.Select(t => BitConverter.DoubleToInt64Bits(t.LogProbability)), with.Select(t => BitConverter.DoubleToInt64Bits(t.LogProbability)));
    }

    [Fact]
    public void Batches_SayStepPhasePositionIdAndText()
    {
        var sink = new RecordingSink(glob: "L1");
        var input = _session.FromText(Prompt);

        _session.Run(new RunRequest { Sequences = [input], MaxNewTokens = 3 }, sink, null, CancellationToken.None);

        Assert.Equal(3, sink.Batches);                         // one prefill, two decoded tokens that are fed back
        Assert.Equal(BatchProblems.None, sink.Problems);
        Assert.All(sink.Decisions, d => Assert.Equal("model.layers.1.mlp.gate", d.Router));
        Assert.Equal(Enumerable.Range(0, input.Ids.Count + 2), sink.Decisions.Select(d => d.Position));
        Assert.Equal(input.Ids, sink.Decisions.Take(input.Ids.Count).Select(d => d.TokenId));
        Assert.Equal(Prompt, string.Concat(sink.Decisions.Take(input.Ids.Count).Select(d => d.Text)));
        Assert.Equal([1, 2, 3], sink.Decisions.Select(d => d.Step).Distinct());
        Assert.Equal(Phase.Prefill, sink.Decisions[0].Phase);
        Assert.Equal(Phase.Decode, sink.Decisions[^1].Phase);
    }

    [Fact]
    public void UnwantedColumns_AreNotThere()
    {
        var sink = new RecordingSink(RoutingColumns.SelectedExperts);

        _session.Run(new RunRequest { Sequences = [_session.FromText(Prompt)] }, sink, null, CancellationToken.None);

        Assert.All(sink.Decisions, d => Assert.Equal((4, 0, 0), (d.Experts.Length, d.Logits.Length, d.Weights.Length)));
    }

    [Fact]
    public void LongPrompt_InSeveralPasses_RoutesAsInOne()
    {
        var ids = Enumerable.Range(0, ModelSession.PrefillChunk).Select(i => 2 + i * 7 % 900).ToArray();
        var whole = new RecordingSink();
        _session.Run(new RunRequest { Sequences = [new SequenceInput(ids)] }, whole, null, CancellationToken.None);

        Assert.Equal(4, whole.Batches);
        var last = whole.Decisions.Where(d => d.Position == ids.Length - 1).ToList();
        var token = new RecordingSink();
        _session.Run(new RunRequest { Sequences = [new SequenceInput(ids[..^1])], MaxNewTokens = 1 }, token, null, CancellationToken.None);
        Assert.Equal(4, last.Count);
        Assert.Equal(token.Decisions.Count + 4, whole.Decisions.Count);
    }

    [Fact]
    public void EmptyPrompt_IsRefused() => Refused("MOE5002", new SequenceInput([]));

    [Fact]
    public void PromptLongerThanTheContext_IsRefused() => Refused("MOE5003", new SequenceInput(new int[513]));

    [Fact]
    public void IdOutsideTheVocabulary_IsRefused() => Refused("MOE5004", new SequenceInput([5, 1024]));

    [Fact]
    public void ContextReached_EndsTheSequence()
    {
        var results = new Results();
        _session.Run(new RunRequest { Sequences = [new SequenceInput(new int[510])], MaxNewTokens = 50, IgnoreEos = true }, null, results, CancellationToken.None);

        Assert.Equal("context", results.Last!.Finish);
        Assert.Equal(3, results.Last.GeneratedIds.Count);      // the last one is drawn but can no longer be run
    }

    [Fact]
    public void SameSeed_SameText_OtherSeed_OtherText()
    {
        var sampling = new SamplingParameters { Temperature = 1.5 };
        string Text(long seed)
        {
            var results = new Results();
            _session.Run(new RunRequest { Sequences = [_session.FromText("One")], MaxNewTokens = 20, Sampling = sampling, Seed = seed }, null, results, CancellationToken.None);
            return results.Last!.Text!;
        }

        Assert.Equal(Text(1), Text(1));
        Assert.NotEqual(Text(1), Text(2));
    }

    [Fact]
    public void FileThatShrinksBetweenTwoTokens_IsReportedBeforeItsPagesAreRead()
    {
        var folder = Directory.CreateTempSubdirectory("shrinks-");
        try
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "samples/olmoe-tiny")))
                File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
            using var session = ModelSession.Open(folder.FullName);
            // Another program: this one's own locks would refuse it.
            var cut = new Results { OnFirstToken = () => Process.Start("truncate", ["-s", "100K", Path.Combine(folder.FullName, "model.safetensors")]).WaitForExit() };

            var error = Assert.Throws<UserError>(() => session.Run(
                new RunRequest { Sequences = [session.FromText(Prompt)], MaxNewTokens = 9, IgnoreEos = true }, null, cut, CancellationToken.None));

            Assert.Equal("MOE1028", error.Id);
            Assert.Single(cut.Tokens);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static List<GeneratedToken> Run(ModelSession session, IRoutingSink? sink)
    {
        var results = new Results();
        session.Run(new RunRequest { Sequences = [session.FromText(Prompt)], MaxNewTokens = 12, IgnoreEos = true }, sink, results, CancellationToken.None);
        return results.Tokens;
    }

    private void Refused(string id, SequenceInput input) => Assert.Equal(id, Assert.Throws<UserError>(() =>
        _session.Run(new RunRequest { Sequences = [input] }, null, null, CancellationToken.None)).Id);

    private sealed class Results : IRunObserver
    {
        public List<GeneratedToken> Tokens { get; } = [];

        public SequenceResult? Last { get; private set; }

        public void OnSequence(int index, SequenceInput input)
        {
        }

        public Action? OnFirstToken { get; init; }

        public void OnToken(GeneratedToken token)
        {
            Tokens.Add(token);
            if (Tokens.Count == 1) OnFirstToken?.Invoke();
        }

        public void OnSequenceEnd(SequenceResult result) => Last = result;
    }
}
