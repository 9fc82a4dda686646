using System.Runtime.InteropServices;
using System.Text.Json;
using MoeDevtools.Analysis.Policies;
using MoeDevtools.Checkpoints;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Interventions;
using MoeDevtools.Routing.Rules;
using MoeDevtools.Tests.Checkpoints;

namespace MoeDevtools.Tests.Routing;

/// <summary>The reference's decisions under 48 changes, made again from its router logits.</summary>
public sealed class RerouterGoldenTests
{
    private static readonly JsonElement Cases =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Folders.Fixtures, "interventions", "golden.json"))).RootElement;

    public static TheoryData<int, string> All
    {
        get
        {
            var data = new TheoryData<int, string>();
            for (var i = 0; i < Cases.GetArrayLength(); i++) data.Add(i, $"{Cases[i].GetProperty("folder")} {ChangeOf(Cases[i])}");
            return data;
        }
    }

    [Fact]
    public void Golden_HasEveryCase() => Assert.Equal(48, Cases.GetArrayLength());

    [Theory]
    [MemberData(nameof(All))]
    public void Decision_EqualsTheReference(int index, string name)
    {
        Assert.NotEmpty(name);
        var golden = Cases[index];
        var folder = Path.Combine(Folders.Fixtures, golden.GetProperty("folder").GetString()!);
        var gate = golden.GetProperty("decision_router").GetString()!;
        var rule = RuleOf(folder, gate);
        var router = Batches.Router(rule);
        using var reference = SafetensorsFile.Open(Path.Combine(folder, "golden.safetensors"));
        var logits = Floats(reference.Get(gate + "/router_logits"));
        var row = golden.GetProperty("decision_at").GetInt32();
        var batch = Batches.Routed(router, 1, [.. logits.Chunk(rule.Experts)]);

        new Rerouter().Apply(batch, row, new InterventionParser(PolicyCatalogue.Create).ParseChanges(ChangeOf(golden)));

        var experts = golden.GetProperty("selected_experts").EnumerateArray().Select(e => e.GetInt32()).ToArray();
        var weights = golden.GetProperty("routing_weights").EnumerateArray().Select(w => w.GetSingle()).ToArray();
        Assert.Equal(experts, batch.ExpertsOf(row)[..experts.Length].ToArray());
        Assert.False(batch.ExpertsOf(row)[experts.Length..].ContainsAnyExcept(-1));
        for (var j = 0; j < weights.Length; j++) Assert.Equal(weights[j], batch.WeightsOf(row)[j], 1e-6f);
    }

    private static string ChangeOf(JsonElement golden)
    {
        var change = golden.GetProperty("change").EnumerateObject().Single();
        return change.Name + " " + change.Value.ValueKind switch
        {
            JsonValueKind.Object => string.Join(',', change.Value.EnumerateObject().Select(v => $"{v.Name}={v.Value}")),
            JsonValueKind.Array => string.Join(',', change.Value.EnumerateArray()),
            _ => change.Value.ToString(),
        };
    }

    private static RouterRule RuleOf(string folder, string gate)
    {
        using var checkpoint = Checkpoint.Open(folder);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
        var config = json.RootElement;
        int Number(string name) => config.GetProperty(name).GetInt32();
        var rule = new RouterRule { Experts = 0, K = Number("num_experts_per_tok") };
        return checkpoint.Config.ModelType switch
        {
            "olmoe" => rule with { Experts = Number("num_experts"), Normalise = config.GetProperty("norm_topk_prob").GetBoolean() },
            "qwen3_moe" => rule with { Experts = Number("num_experts"), Normalise = true },
            "mixtral" => rule with { Experts = Number("num_local_experts"), Normalise = true },
            _ => rule with
            {
                Experts = Number("n_routed_experts"),
                Scores = ScoreFunction.Sigmoid,
                Bias = Floats(checkpoint.Get(gate + ".e_score_correction_bias")),
                Groups = Number("n_group"),
                GroupsKept = Number("topk_group"),
                Normalise = true,
                NormaliseEpsilon = 1e-20f,
                Scale = config.GetProperty("routed_scaling_factor").GetSingle(),
            },
        };
    }

    private static unsafe float[] Floats(StoredTensor tensor)
    {
        var bytes = new ReadOnlySpan<byte>(tensor.Data, (int)tensor.Bytes);
        return tensor.Type == StoredType.F32 ? MemoryMarshal.Cast<byte, float>(bytes).ToArray()
            : [.. MemoryMarshal.Cast<byte, ushort>(bytes).ToArray().Select(b => BitConverter.Int32BitsToSingle(b << 16))];
    }
}
