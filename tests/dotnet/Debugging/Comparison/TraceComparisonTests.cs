using MoeDevtools.Capture;
using MoeDevtools.Debugging.Comparison;
using MoeDevtools.Messages;
using MoeDevtools.Tests.Traces.Formats;
using MoeDevtools.Traces;

namespace MoeDevtools.Tests.Debugging.Comparison;

public sealed class TraceComparisonTests
{
    private static readonly string[] Texts = ["One morning, Anna went to the garden", "7 * 3 ="];

    [Fact]
    public void SameRun_DiffersNowhere()
    {
        using var a = Run("samples/olmoe-tiny");
        using var b = Run("samples/olmoe-tiny");
        var diff = Compare(a, b);
        Assert.Null(diff.First);
        Assert.Equal((1, 1), (diff.Agreement.TotalAgreement, diff.Agreement.TotalJaccard));
        Assert.Equal((0, 0, 0), (diff.OnlyInA, diff.OnlyInB, diff.AfterDivergence));
    }

    [Fact]
    public void TracesOfTwoCheckpoints_AgreeAsTheCheckpointsThemselves()
    {
        using var a = Run("samples/olmoe-tiny-collapsed");
        using var b = Run("samples/olmoe-tiny");
        using var modelA = Open("samples/olmoe-tiny-collapsed");
        using var modelB = Open("samples/olmoe-tiny");
        var traces = Compare(a, b);
        var models = ModelComparison.Compare(modelA, modelB, [.. Texts.Select(t => modelA.FromText(t))], done: null, CancellationToken.None);
        Assert.Equal(models.Agreement.Tokens, traces.Agreement.Tokens);
        for (var r = 0; r < 4; r++)
        {
            Assert.Equal(models.Agreement.Agreement(r), traces.Agreement.Agreement(r), 1e-12);
            Assert.Equal(models.Agreement.Jaccard(r), traces.Agreement.Jaccard(r), 1e-12);
            Assert.Equal(models.Agreement.FirstDivergent(r), traces.Agreement.FirstDivergent(r));
        }
        Assert.Equal((models.First!.Sequence, models.First.Position, models.First.MarginA, models.First.MarginB, models.First.Text), (traces.First!.Sequence, traces.First.Position, traces.First.MarginA, traces.First.MarginB, traces.First.Text));
        Assert.Equal(models.First.ExpertsA, traces.First.ExpertsA);
    }

    [Fact]
    public void DecodedTokens_AreComparedWithTheSamePrefilled()
    {
        // How a text was cut into passes does not matter.
        using var decoded = Run("samples/olmoe-tiny", newTokens: 4);
        using var prompt = Run("samples/olmoe-tiny");
        var diff = Compare(decoded, prompt);
        Assert.Equal(1, diff.Agreement.TotalAgreement);
        Assert.Equal((6, 0), (diff.OnlyInA, diff.OnlyInB));
    }

    [Fact]
    public void TextsThatPart_AreComparedUpToThere()
    {
        using var a = Run("samples/olmoe-tiny", newTokens: 12);
        using var b = Run("samples/olmoe-tiny-collapsed", newTokens: 12);
        var diff = Compare(a, b);
        Assert.True(diff.AfterDivergence > 0);
        Assert.Equal(0, diff.OnlyInA);
    }

    [Fact]
    public void OtherPrompts_AreRefused()
    {
        using var a = Run("samples/olmoe-tiny");
        using var b = new TemporaryFile("b.moetrace");
        Recording.Run(b.Path, "samples/olmoe-tiny", ["Two evenings, Anna went to the garden"]);
        Assert.Equal("MOE4024", Assert.Throws<UserError>(() => Compare(a, b)).Id);
    }

    [Fact]
    public void OtherArchitectures_AreRefused()
    {
        using var a = new TemporaryFile("a.moetrace");
        using var b = new TemporaryFile("b.moetrace");
        Recording.Run(a.Path, "samples/olmoe-tiny", Texts);
        Recording.Run(b.Path, "samples/deepseek-tiny", Texts);
        Assert.Equal("MOE4022", Assert.Throws<UserError>(() => Compare(a, b)).Id);
        using var c = new TemporaryFile("c.moetrace");
        Recording.ImportTo(c.Path, Import.Fixture("npz/ids-weights.npz"), new MoeDevtools.Traces.Formats.ImportOptions { Experts = 32 });
        Assert.Equal("MOE4020", Assert.Throws<UserError>(() => Compare(a, c)).Id);
    }

    [Fact]
    public void ImportWithoutMargins_SaysNone()
    {
        using var a = new TemporaryFile("a.moetrace");
        using var b = new TemporaryFile("b.moetrace");
        Recording.ImportTo(a.Path, Import.Fixture("vllm/completion-nested.json"));
        Recording.ImportTo(b.Path, Import.Fixture("vllm/all-zeros.npy"), new MoeDevtools.Traces.Formats.ImportOptions { Experts = 16 });
        var diff = Compare(a, b);
        Assert.Equal((24, 0, 16), (diff.Agreement.Tokens, diff.OnlyInA, diff.OnlyInB));
        Assert.Equal((16, null, null), (diff.First!.Position, diff.First.MarginA, diff.First.MarginB));
    }

    [Fact]
    public void RowsThatGoBack_AreRefused()
    {
        using var a = new TemporaryFile("a.moetrace");
        var router = Routing.Batches.Router(4, 1);
        using (var writer = TraceWriter.Create(a.Path, new TraceInfo { Writer = "test", Kind = TraceKind.Checkpoint, Created = DateTimeOffset.UnixEpoch }, [router], new TraceOptions()))
        {
            foreach (var step in new[] { 1, 2 }) writer.Add(Routing.Batches.Chosen(router, step, [1], [2]));
        }
        Assert.Equal("MOE4025", Assert.Throws<UserError>(() => Compare(a, a)).Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TraceAndItsCheckpoint_DifferNowhere(bool modelIsA)
    {
        using var file = Run("samples/olmoe-tiny", newTokens: 4);
        using var trace = TraceReader.Open(file.Path);
        using var model = Open("samples/olmoe-tiny");
        var ran = new List<int>();

        var diff = TraceComparison.Compare(trace, model, TraceTokens.Of(trace, CancellationToken.None), modelIsA, ran.Add, CancellationToken.None);

        Assert.Null(diff.First);
        Assert.Equal((1, 1), (diff.Agreement.TotalAgreement, diff.Agreement.TotalJaccard));
        Assert.Equal((0, 0, 0), (diff.OnlyInA, diff.OnlyInB, diff.AfterDivergence));
        Assert.Equal(Texts.Sum(t => model.FromText(t).Ids.Count) + 2 * 3, diff.Agreement.Tokens);    // of what was generated the last token ran nowhere
        Assert.Equal([1, 2], ran);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TraceAndAnotherCheckpoint_AgreeAsTheCheckpoints(bool modelIsA)
    {
        using var file = Run("samples/olmoe-tiny");
        using var trace = TraceReader.Open(file.Path);
        using var early = Open("samples/olmoe-tiny-steps/step-00200");
        using var final = Open("samples/olmoe-tiny");
        IReadOnlyList<SequenceInput> sequences = [.. Texts.Select(t => final.FromText(t))];
        var models = modelIsA ? ModelComparison.Compare(early, final, sequences, done: null, CancellationToken.None) : ModelComparison.Compare(final, early, sequences, done: null, CancellationToken.None);

        var diff = TraceComparison.Compare(trace, early, TraceTokens.Of(trace, CancellationToken.None), modelIsA, done: null, CancellationToken.None);

        Assert.InRange(diff.Agreement.TotalAgreement, 0.1, 0.9);
        Assert.Equal((models.Agreement.TotalAgreement, models.Agreement.TotalJaccard, models.Agreement.DifferingTokens), (diff.Agreement.TotalAgreement, diff.Agreement.TotalJaccard, diff.Agreement.DifferingTokens));
        Assert.Equal((models.First!.Position, models.First.Router.Name, models.First.MarginA, models.First.MarginB, models.First.Text), (diff.First!.Position, diff.First.Router.Name, diff.First.MarginA, diff.First.MarginB, diff.First.Text));
        Assert.Equal(models.First.ExpertsA, diff.First.ExpertsA);
    }

    [Fact]
    public void TraceOfAnEncoder_IsComparedOverWhatItRead()
    {
        using var file = new TemporaryFile("a.moetrace");
        Recording.Run(file.Path, "tests/fixtures/checkpoints/switch_transformers", ["5,9,11,3"], newTokens: 3);
        using var trace = TraceReader.Open(file.Path);
        using var model = Open("tests/fixtures/checkpoints/switch_transformers");
        var diff = TraceComparison.Compare(trace, model, TraceTokens.Of(trace, CancellationToken.None), modelIsA: false, done: null, CancellationToken.None);
        Assert.Equal((5, 2, 0), (diff.Agreement.Tokens, diff.OnlyInA, diff.OnlyInB));    // what the decoder wrote is not run
        Assert.Null(diff.First);
    }

    [Fact]
    public void TraceWithoutIds_HasNothingToRun()
    {
        using var file = new TemporaryFile("a.moetrace");
        Recording.ImportTo(file.Path, Import.Fixture("megatron/router_replay.npz"));
        using var trace = TraceReader.Open(file.Path);
        Assert.Equal("MOE4026", Assert.Throws<UserError>(() => TraceTokens.Of(trace, CancellationToken.None)).Id);
    }

    private static ModelSession Open(string folder) => ModelSession.Open(Path.Combine(House.Repository.Root, folder));

    private static TemporaryFile Run(string model, int newTokens = 0)
    {
        var file = new TemporaryFile("a.moetrace");
        Recording.Run(file.Path, model, Texts, newTokens);
        return file;
    }

    private static RoutingDiff Compare(TemporaryFile a, TemporaryFile b)
    {
        using var readerA = TraceReader.Open(a.Path);
        using var readerB = TraceReader.Open(b.Path);
        return TraceComparison.Compare(readerA, readerB, CancellationToken.None);
    }
}
