using System.Text.Json;
using MoeDevtools.Traces.Formats;

namespace MoeDevtools.Tests.Traces.Formats;

/// <summary>A recording in every format, and what it must come to.</summary>
public sealed class KnownRecordingTests
{
    private static readonly JsonElement Expected = JsonElement.Parse(File.ReadAllBytes(Import.Fixture("expected.json")));

    public static TheoryData<string> Recordings => [.. Expected.EnumerateObject().Select(r => r.Name)];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Recording_ComesToWhatItHolds(string name)
    {
        var expected = Expected.GetProperty(name);
        var (report, sink) = name == "megatron/" ? Import.Files([.. Directory.GetFiles(Import.Fixture(name), "mcore_ep_loads_*")]) : Import.File(Import.Fixture(name));

        if (expected.TryGetProperty("counts", out var counts)) Assert.Equal(counts.EnumerateArray().Select(Numbers), report.Routers.Select(r => string.Join(',', r.Counts)));
        if (expected.TryGetProperty("tokens", out var tokens)) Assert.Equal(tokens.GetInt64(), report.Tokens);
        if (expected.TryGetProperty("missing_tokens", out var missing)) Assert.Equal(missing.GetInt64(), report.MissingTokens);
        if (expected.TryGetProperty("documents", out var documents)) Assert.Equal(documents.GetInt64(), report.Sequences);
        if (expected.TryGetProperty("steps", out var steps))
        {
            if (steps.ValueKind == JsonValueKind.Number) Assert.Equal(steps.GetInt64(), report.Steps);
            else Assert.Equal(steps.EnumerateArray().Select(s => s.GetInt64()), sink.Rows.Select(r => r.Step).Distinct());
        }
        Assert.Equal(expected.TryGetProperty("verdict", out var verdict) ? verdict.GetString() : "ok", report.Verdict);
        // What was yielded is what was reported.
        Assert.Equal(report.Assumed.Select(FormattableString.Invariant), sink.Info.Assumptions);
        foreach (var router in report.Routers.Where(_ => sink.Rows.Count > 0))
            Assert.Equal(router.Counts, Enumerable.Range(0, router.Router.Experts).Select(e => (long)sink.Rows.Where(r => r.Router == router.Router.Name).Sum(r => r.Experts.Count(x => x == e))));

        static string Numbers(JsonElement row) => string.Join(',', row.EnumerateArray().Select(n => n.GetInt64()));
    }

    [Fact]
    public void CachedPrefix_IsMissingAndNoDrop()
    {
        var (report, sink) = Import.File(Import.Fixture("vllm/completion-nested.json"));
        Assert.Equal(24, sink.Rows.Count(r => r.Router == "layers.0"));
        Assert.Equal(16, sink.Rows.Min(r => r.Position));
        Assert.All(report.Routers, r => Assert.Equal(0, r.EmptySlots));
        Assert.Equal(("cached", 64), (Assert.Single(sink.Drops).Reason, sink.Drops[0].Rows));
        Assert.All(sink.Rows, r => Assert.Null(r.Weights));
        Assert.Equal(10, sink.Rows.Count(r => r.Router == "layers.0" && r.TokenId >= 0));
        Assert.All(sink.Rows, r => Assert.Equal(r.Position >= 30, r.TokenId >= 0));
    }

    [Fact]
    public void RingBuffer_IsOneSumWithoutATimeline()
    {
        var (report, sink) = Import.File(Import.Fixture("sglang/stat.npz"));
        Assert.Null(report.Steps);
        Assert.Null(report.Tokens);
        Assert.Equal([0, 1, 2, 3], sink.Loads.Select(l => l.Router));
        Assert.Contains(report.Assumed, a => FormattableString.Invariant(a).Contains("wraps", StringComparison.Ordinal));
        var withK = Import.File(Import.Fixture("sglang/stat.npz"), new ImportOptions { TopK = 4 });
        Assert.Equal(withK.Report.Routers[0].Counts.Sum() / 4, withK.Report.Tokens);
        Assert.All(withK.Sink.Loads, l => Assert.Equal(withK.Report.Tokens, l.Tokens));
    }

    [Fact]
    public void LayersFirst_IsSeenByWhatIsAlike()
    {
        var (report, _) = Import.File(Import.Fixture("npz/layers-first.npz"));
        Assert.Contains(report.Found, f => f.Contains("layers,tokens,k", StringComparison.Ordinal));
        Assert.Contains(report.Assumed, f => FormattableString.Invariant(f).Contains("layers,tokens,k", StringComparison.Ordinal));
    }

    [Fact]
    public void Events_KeepWeightsAndOnlyRealTexts()
    {
        Assert.All(Import.File(Import.Fixture("explainable-moe-debugger/events-v1.json")).Sink.Rows, r => Assert.Null(r.Text));
        var second = Import.File(Import.Fixture("explainable-moe-debugger/events-v2.json")).Sink;
        Assert.All(second.Rows, r => Assert.Equal($"t{r.Position}", r.Text));
        Assert.Equal(0.593386f, second.Rows[0].Weights![0]);
    }
}
