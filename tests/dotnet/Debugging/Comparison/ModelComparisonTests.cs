using System.Text.Json;
using MoeDevtools.Capture;
using MoeDevtools.Capture.Datasets;
using MoeDevtools.Debugging.Comparison;
using MoeDevtools.Messages;
using MoeDevtools.Tests.Analysis.Metrics;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Debugging.Comparison;

public sealed class ModelComparisonTests
{
    private static readonly JsonElement Known = JsonElement.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "tests/fixtures/known-answers/agreement.json")));

    [Fact]
    public void TrainingStep_AgreesWithTheEndAsKnown()
    {
        using var early = Open("olmoe-tiny-steps/step-00800");
        using var final = Open("olmoe-tiny");
        var documents = DatasetReader.Read(Path.Combine(Repository.Root, "samples/data/eval.jsonl"), t => final.FromText(t)).GroupBy(d => d.Label).SelectMany(g => g.Take(10)).ToList();

        var diff = ModelComparison.Compare(early, final, documents, done: null, CancellationToken.None);

        AgreementAnswers.Check(Known.GetProperty("saturation").GetProperty("step-00800"), diff.Agreement, 3e-4, countTolerance: 10);   // near ties: float rounding decides
        Assert.Equal(documents.Sum(d => d.Ids.Count), diff.Agreement.Tokens);
        Assert.Equal((0, 0), (diff.First!.Sequence, diff.First.Router.Index));
        Assert.True(diff.First.MarginA > 0 && diff.First.MarginB > 0);
    }

    [Fact]
    public void SameModel_DiffersNowhere()
    {
        using var a = Open("olmoe-tiny");
        using var b = Open("olmoe-tiny");
        var diff = ModelComparison.Compare(a, b, [a.FromText("7 * 3 ="), a.FromText("Once")], done: null, CancellationToken.None);
        Assert.Null(diff.First);
        Assert.Equal((1, 1, 0), (diff.Agreement.TotalAgreement, diff.Agreement.TotalJaccard, diff.Agreement.DifferingTokens));
    }

    [Fact]
    public void OtherArchitecture_IsRefused()
    {
        using var a = Open("olmoe-tiny");
        using var b = Open("deepseek-tiny");
        Assert.Equal("MOE4021", Assert.Throws<UserError>(() => ModelComparison.Compare(a, b, [a.FromText("7")], done: null, CancellationToken.None)).Id);
    }

    [Fact]
    public void EncoderAndDecoder_AreComparedWithRowsOfTheirOwn()
    {
        using var a = ModelSession.Open(Path.Combine(Repository.Root, "tests/fixtures/checkpoints/switch_transformers"));
        var input = new SequenceInput([5, 9, 11, 3]);
        var diff = ModelComparison.Compare(a, a, [input], done: null, CancellationToken.None);
        Assert.Equal(5, diff.Agreement.Tokens);    // four that are encoded, and the decoder's first
        Assert.Null(diff.First);
    }

    private static ModelSession Open(string name) => ModelSession.Open(Path.Combine(Repository.Root, "samples", name));
}
