using System.Globalization;
using System.Text.Json;
using MoeDevtools.Analysis.Metrics;

namespace MoeDevtools.Tests.Analysis.Metrics;

/// <summary>Compares an agreement with known answers.</summary>
internal static class AgreementAnswers
{
    public static void Check(JsonElement known, RoutingAgreement agreement, double tolerance, long countTolerance = 0)
    {
        var layer = 0;
        foreach (var value in known.GetProperty("saturation_or_agreement").EnumerateArray()) Assert.Equal(value.GetDouble(), agreement.Agreement(layer++), tolerance);
        layer = 0;
        foreach (var value in known.GetProperty("jaccard").EnumerateArray()) Assert.Equal(value.GetDouble(), agreement.Jaccard(layer++), tolerance);
        Assert.Equal(known.GetProperty("tokens_with_any_difference").GetDouble(), agreement.DifferingShare, tolerance);
        var counts = known.GetProperty("first_divergent_layer_counts").EnumerateObject().Where(c => c.Name != "-1").ToDictionary(c => int.Parse(c.Name, CultureInfo.InvariantCulture), c => c.Value.GetInt64());
        for (var l = 0; l < layer; l++) Assert.InRange(agreement.FirstDivergent(l), counts.GetValueOrDefault(l) - countTolerance, counts.GetValueOrDefault(l) + countTolerance);
    }
}
