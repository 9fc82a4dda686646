using System.Text.Json;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;
using MoeDevtools.Tests.Capture;
using MoeDevtools.Tests.House;
using MoeDevtools.Tests.Routing;

namespace MoeDevtools.Tests.Analysis.Metrics;

/// <summary>What a sample model really routed (routing.npz), a document a step, and the metrics that numpy computed of it (metrics.json).</summary>
internal sealed class KnownRun
{
    public const int Layers = 4, Experts = 16, K = 4;

    private static readonly string Folder = Path.Combine(Repository.Root, "tests/fixtures/known-answers");
    private static readonly JsonElement Answers = JsonElement.Parse(File.ReadAllBytes(Path.Combine(Folder, "metrics.json")));

    private readonly JsonElement _model;

    public KnownRun(string model)
    {
        _model = Answers.GetProperty(model);
        var arrays = new Npz(Path.Combine(Folder, "routing.npz"));
        (TokenIds, Documents, Positions) = (arrays.Ints("token_ids"), arrays.Ints("doc"), arrays.Ints("position"));
        (Selected, Weights, Logits) = (arrays.Ints(model + "/selected"), arrays.Floats(model + "/weights"), arrays.Floats(model + "/logits"));
        Domains = [.. Answers.GetProperty("domains_of_documents").EnumerateArray().Select(d => d.GetString()!)];
    }

    public static IReadOnlyList<RouterInfo> Routers { get; } = [.. Enumerable.Range(0, Layers).Select(l => Batches.Router(Experts, K, l))];

    public int[] TokenIds { get; }

    public int[] Documents { get; }

    public int[] Positions { get; }

    /// <summary>By document.</summary>
    public IReadOnlyList<string> Domains { get; }

    /// <summary><c>[tokens, layers, k]</c>, best first.</summary>
    public int[] Selected { get; }

    /// <summary><c>[tokens, layers, k]</c>.</summary>
    public float[] Weights { get; }

    /// <summary><c>[tokens, layers, experts]</c>.</summary>
    public float[] Logits { get; }

    public int Tokens => TokenIds.Length;

    public JsonElement Of(int layer) => _model.GetProperty("layers").GetProperty($"{layer}");

    public ReadOnlySpan<int> Chosen(int token, int layer) => Selected.AsSpan((token * Layers + layer) * K, K);

    /// <summary>The batches in the order of the run.</summary>
    public IEnumerable<RoutingBatch> Run()
    {
        for (var first = 0; first < Tokens;)
        {
            var end = first;
            while (end < Tokens && Documents[end] == Documents[first]) end++;
            var pass = new RoutingPass { Step = Documents[first] + 1 };
            pass.Rows.Reset(end - first);
            for (var row = 0; row < pass.Rows.Count; row++)
            {
                pass.Rows.Sequence[row] = Documents[first];
                pass.Rows.Position[row] = Positions[first + row];
                pass.Rows.TokenId[row] = TokenIds[first + row];
                pass.Rows.Text[row] = $"t{TokenIds[first + row]}";
                pass.Rows.Label[row] = Domains[Documents[first]];
            }
            foreach (var router in Routers) yield return Batch(router, pass, first);
            first = end;
        }
    }

    private RoutingBatch Batch(RouterInfo router, RoutingPass pass, int first)
    {
        var batch = new RoutingBatch();
        batch.Reset(router, pass, K, RoutingColumns.All);
        for (var row = 0; row < batch.Tokens; row++)
        {
            var at = (first + row) * Layers + router.Index;
            Logits.AsSpan(at * Experts, Experts).CopyTo(batch.LogitsOf(row));
            Formulas.Softmax(batch.LogitsOf(row), batch.ScoresOf(row));
            batch.ScoresOf(row).CopyTo(batch.SelectionOf(row));
            Selected.AsSpan(at * K, K).CopyTo(batch.ExpertsOf(row));
            Weights.AsSpan(at * K, K).CopyTo(batch.WeightsOf(row));
        }
        return batch;
    }
}
