using System.Text.Json;
using MoeDevtools.Analysis.Metrics;
using MoeDevtools.Numerics;
using MoeDevtools.Tests.Capture;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Analysis.Metrics;

public sealed class RoutingAgreementTests
{
    private const int Layers = 4, K = 4;

    private static readonly JsonElement Known = JsonElement.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "tests/fixtures/known-answers/agreement.json")));

    [Theory]
    [InlineData("step-00050")]
    [InlineData("step-00200")]
    [InlineData("step-00800")]
    public void TrainingStep_AgreesWithTheEndAsKnown(string step) => Compare(Known.GetProperty("saturation").GetProperty(step), $"olmoe-tiny-steps/{step}", "olmoe-tiny");

    [Fact]
    public void CollapsedModel_AgreesWithTheHealthyAsKnown() => Compare(Known.GetProperty("healthy_vs_collapsed"), "olmoe-tiny", "olmoe-tiny-collapsed");

    [Fact]
    public void OrderOfExperts_DoesNotMatter()
    {
        var agreement = new RoutingAgreement(1);
        Assert.False(agreement.Add(0, [1, 2, 3], [3, 1, 2]));
        agreement.EndToken();
        Assert.Equal((1, 1, 0), (agreement.Agreement(0), agreement.Jaccard(0), agreement.DifferingTokens));
    }

    [Fact]
    public void SetsOfUnequalSize_AreMeasuredAgainstTheLarger()
    {
        var agreement = new RoutingAgreement(1);
        Assert.True(agreement.Add(0, [1, 2, 3, 4], [1, 2, -1, -1]));
        agreement.EndToken();
        Assert.Equal((0.5, 0.5), (agreement.Agreement(0), agreement.Jaccard(0)));
    }

    [Fact]
    public void TwoEmptyDecisions_Agree()
    {
        var agreement = new RoutingAgreement(1);
        Assert.False(agreement.Add(0, [-1, -1], [-1]));
        agreement.EndToken();
        Assert.Equal((1, 0), (agreement.TotalAgreement, agreement.DifferingShare));
    }

    [Fact]
    public void NothingCompared_IsNotANumber()
    {
        var agreement = new RoutingAgreement(1);
        Assert.True(double.IsNaN(agreement.Agreement(0)) && double.IsNaN(agreement.DifferingShare));
    }

    [Fact]
    public void Margin_IsBetweenTheLastChosenAndTheNext()
    {
        Assert.Equal(0.25, Formulas.Margin([0.5f, 1f, 0.25f, 0f], 2));
        Assert.True(double.IsNaN(Formulas.Margin([1, 2], 2)));
        Assert.True(double.IsNaN(Formulas.Margin([1, float.NegativeInfinity, float.NegativeInfinity], 1)));
    }

    private static void Compare(JsonElement known, string a, string b)
    {
        var arrays = new Npz(Path.Combine(Repository.Root, "tests/fixtures/known-answers/routing.npz"));
        var (inA, inB) = (arrays.Ints(a + "/selected"), arrays.Ints(b + "/selected"));
        var agreement = new RoutingAgreement(Layers);
        for (var at = 0; at < inA.Length; at += Layers * K)
        {
            for (var l = 0; l < Layers; l++) agreement.Add(l, inA.AsSpan(at + l * K, K), inB.AsSpan(at + l * K, K));
            agreement.EndToken();
        }
        AgreementAnswers.Check(known, agreement, 1e-9);
    }
}
