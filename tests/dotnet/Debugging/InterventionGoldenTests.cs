using System.Text.Json;
using MoeDevtools.Capture;
using MoeDevtools.Checkpoints;
using MoeDevtools.Debugging;
using MoeDevtools.Models;
using MoeDevtools.Models.Backends;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Debugging;

/// <summary>48 changes of routing with the decision and the logits that must result; taking them back restores the original bit for bit.</summary>
public sealed class InterventionGoldenTests
{
    private static readonly string Fixtures = Path.Combine(Repository.Root, "tests/fixtures/checkpoints");

    public static TheoryData<string, string> FoldersAndBackends()
    {
        using var cases = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures, "interventions/golden.json")));
        var data = new TheoryData<string, string>();
        foreach (var folder in cases.RootElement.EnumerateArray().Select(c => c.GetProperty("folder").GetString()!).Distinct())
            foreach (var backend in BackendCatalogue.Names) data.Add(folder, backend);
        return data;
    }

    [Theory]
    [MemberData(nameof(FoldersAndBackends))]
    public void ChangedRouting_GivesTheReferenceDecisionAndLogits(string folder, string backend)
    {
        using var model = ModelSession.Open(Path.Combine(Fixtures, folder), backend);
        using var golden = SafetensorsFile.Open(Path.Combine(Fixtures, folder, "golden.safetensors"));
        using var cases = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures, "interventions/golden.json")));
        var ids = golden.Get("input_ids").ToInts();
        var original = Forward(model, ids, null, out _);
        var mine = cases.RootElement.EnumerateArray().Where(c => c.GetProperty("folder").GetString() == folder).ToList();
        Assert.Equal(12, mine.Count);

        foreach (var expected in mine)
        {
            using var session = new DebugSession(model, new SilentClient(), new DebugOptions());
            var active = session.Intervene(Changes(expected));
            var changed = Forward(model, ids, session, out var decisions);

            CompareDecision(expected, decisions);
            foreach (var row in expected.GetProperty("logits").EnumerateObject())
            {
                var reference = row.Value.EnumerateArray().Select(x => x.GetSingle()).ToArray();
                var ours = changed.AsSpan(int.Parse(row.Name) * reference.Length, reference.Length);
                for (var i = 0; i < reference.Length; i++) Assert.True(Math.Abs(reference[i] - ours[i]) <= 1e-4, $"{expected.GetProperty("change")} at {row.Name}");
            }

            session.RemoveIntervention(active.Id);
            Assert.True(original.AsSpan().SequenceEqual(Forward(model, ids, session, out _)), $"not restored after {expected.GetProperty("change")}");
        }
    }

    private static InterventionSet Changes(JsonElement expected)
    {
        var positions = expected.GetProperty("positions");
        var change = expected.GetProperty("change").EnumerateObject().Single();
        static string Listed(JsonElement e) => e.ValueKind switch
        {
            JsonValueKind.Array => string.Join(',', e.EnumerateArray().Select(x => x.GetRawText())),
            JsonValueKind.Object => string.Join(',', e.EnumerateObject().Select(p => $"{p.Name}={p.Value.GetRawText()}")),
            _ => e.GetRawText(),
        };
        var at = positions.ValueKind == JsonValueKind.Array ? " at " + Listed(positions) : "";
        return new InterventionParser((_, _) => throw new InvalidOperationException()).ParseSet($"{expected.GetProperty("router").GetString()}{at}: {change.Name} {Listed(change.Value)}");
    }

    private static void CompareDecision(JsonElement expected, Dictionary<(string Router, int Row), (int[] Experts, float[] Weights)> decisions)
    {
        var (experts, weights) = decisions[(expected.GetProperty("decision_router").GetString()!, expected.GetProperty("decision_at").GetInt32())];
        var reference = expected.GetProperty("selected_experts").EnumerateArray().Select(x => x.GetInt32()).ToArray();
        var referenceWeights = expected.GetProperty("routing_weights").EnumerateArray().Select(x => x.GetSingle()).ToArray();
        var filled = experts.TakeWhile(e => e >= 0).ToArray();
        if (referenceWeights.Distinct().Count() == referenceWeights.Length) Assert.Equal(reference, filled);
        else Assert.Equal(reference.Order(), filled.Order());  // equal weights: their order is not defined
        for (var j = 0; j < referenceWeights.Length; j++) Assert.Equal(referenceWeights[j], weights[j], 1e-5);
    }

    private static float[] Forward(ModelSession model, int[] ids, IRoutingSink? sink, out Dictionary<(string, int), (int[], float[])> decisions)
    {
        var logits = new LogitsObserver(model.Model.Backend, ids.Length * model.Model.VocabularySize);
        var pass = new RoutingPass { Step = 1, Phase = Phase.Prefill };
        pass.Rows.Reset(ids.Length);
        for (var i = 0; i < ids.Length; i++) (pass.Rows.Position[i], pass.Rows.TokenId[i]) = (i, ids[i]);
        var tap = new DecisionTap(sink);
        using var state = model.Model.CreateState(ids.Length);
        using var last = model.Model.Forward(ids, state, pass, tap, logits);
        decisions = tap.Decisions;
        return logits.Values;
    }

    private sealed class DecisionTap(IRoutingSink? inner) : IRoutingSink
    {
        public Dictionary<(string, int), (int[], float[])> Decisions { get; } = [];

        public RoutingColumns Wanted(RouterInfo router) => RoutingColumns.All;

        public void OnRouted(RoutingBatch batch)
        {
            inner?.OnRouted(batch);
            for (var row = 0; row < batch.Tokens; row++) Decisions[(batch.Router.Name, row)] = (batch.ExpertsOf(row).ToArray(), batch.WeightsOf(row).ToArray());
        }
    }

    private sealed class LogitsObserver(ITensorBackend backend, int size) : IForwardObserver
    {
        public float[] Values { get; } = new float[size];

        public void OnHidden(string stack, int index, Activation hidden)
        {
        }

        public void OnLogits(int firstRow, Activation logits) =>
            backend.Read(logits, 0, Values.AsSpan(firstRow * logits.Columns, logits.Rows * logits.Columns));
    }
}
