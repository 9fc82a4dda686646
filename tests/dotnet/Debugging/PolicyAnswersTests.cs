using System.Text.Json;
using MoeDevtools.Analysis.Policies;
using MoeDevtools.Capture;
using MoeDevtools.Capture.Datasets;
using MoeDevtools.Debugging;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Debugging;

/// <summary>What other routing rules and removed experts cost the trained samples, against the reference's figures.</summary>
public sealed class PolicyAnswersTests
{
    public static TheoryData<string, string> Cases()
    {
        var data = new TheoryData<string, string>();
        using var known = Known();
        foreach (var model in known.RootElement.EnumerateObject())
            foreach (var policy in model.Value.GetProperty("policies").EnumerateObject())
                if (Change(policy.Name) is not null && !(model.Name == "deepseek-tiny" && policy.Name.StartsWith("without"))) data.Add(model.Name, policy.Name);
        return data;                                           // there the reference takes an expert out after the groups are chosen; mask chooses groups again
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void OtherRule_CostsWhatTheReferenceSays(string name, string policy)
    {
        using var known = Known();
        var expected = known.RootElement.GetProperty(name).GetProperty("policies").GetProperty(policy);
        using var model = ModelSession.Open(Path.Combine(Repository.Root, "samples", name));
        var documents = DatasetReader.Read(Path.Combine(Repository.Root, "samples/data/eval.jsonl"), t => model.FromText(t))
            .GroupBy(d => d.Label).SelectMany(g => g.Take(10)).ToList();
        var client = new Counts();
        using var session = new DebugSession(model, client, new DebugOptions());
        if (Change(policy) is { Length: > 0 } change) session.Intervene(new InterventionParser(PolicyCatalogue.Create).ParseSet(change));

        model.Run(new RunRequest { Sequences = documents, Score = true }, session, client, CancellationToken.None);

        Assert.Equal(expected.GetProperty("nll").GetDouble(), client.Nll.Average(), 1e-4);
        Assert.Equal(expected.GetProperty("mean_active_experts").GetDouble(), (double)client.Active / client.Decisions, 2e-4);
    }

    /// <summary>The reference's label as a change of ours; null for the rules that are not a token's own.</summary>
    private static string? Change(string label)
    {
        var words = label.Split(' ');
        return words[0] switch
        {
            "own" => "",
            "top-k" => "*: k " + words[1][2..],
            "top-p" => $"*: policy top_p {words[1]} {words[2]}",
            "threshold" => $"*: policy threshold {words[1]}",
            "confidence" => $"*: policy confidence {words[1]}",
            "without" => $"L{words[5]}: mask {words[2]}",
            _ => null,
        };
    }

    private static JsonDocument Known() => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "tests/fixtures/known-answers/policies.json")));

    private sealed class Counts : SilentClient
    {
        public List<double> Nll { get; } = [];

        public long Active { get; private set; }

        public long Decisions { get; private set; }

        public override void OnRouted(RoutingBatch batch)
        {
            Decisions += batch.Tokens;
            Active += batch.SelectedExperts.Length - batch.SelectedExperts.Count(-1);
        }

        public override void OnSequenceEnd(SequenceResult result) => Nll.AddRange(result.Nll!);
    }
}
