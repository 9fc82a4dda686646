using MoeDevtools.Capture;
using MoeDevtools.Capture.Datasets;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Capture;

/// <summary>The trained samples over real texts: routing and losses that the reference implementation computed.</summary>
public sealed class KnownAnswersTests
{
    private const double NearTie = 1e-5;   // below this margin float rounding decides

    [Theory]
    [InlineData("olmoe-tiny", 4)]
    [InlineData("olmoe-tiny-collapsed", 4)]
    [InlineData("deepseek-tiny", 3)]
    public void TrainedSample_RoutesAndPredictsAsTheReference(string name, int layers)
    {
        var known = new Npz(Path.Combine(Repository.Root, "tests/fixtures/known-answers/routing.npz"));
        using var session = ModelSession.Open(Path.Combine(Repository.Root, "samples", name));
        var documents = DatasetReader.Read(Path.Combine(Repository.Root, "samples/data/eval.jsonl"), t => session.FromText(t))
            .GroupBy(d => d.Label).SelectMany(g => g.Take(10)).ToList();
        var sink = new RecordingSink();
        var losses = new Losses();

        session.Run(new RunRequest { Sequences = documents, Score = true }, sink, losses, CancellationToken.None);

        Assert.Equal(known.Ints("token_ids"), documents.SelectMany(d => d.Ids));
        CompareRouting(sink, known.Ints(name + "/selected"), known.Floats(name + "/weights"), known.Floats(name + "/logits"), documents, layers);
        var nll = known.Floats(name + "/nll").Where(x => !float.IsNaN(x)).ToList();
        Assert.Equal(nll.Count, losses.Nll.Count);
        for (var i = 0; i < nll.Count; i++) Assert.Equal(nll[i], losses.Nll[i], 1e-3);
        Assert.Equal(nll.Average(), losses.Nll.Average(), 1e-5);
    }

    private static void CompareRouting(RecordingSink sink, int[] selected, float[] weights, float[] logits, List<SequenceInput> documents, int layers)
    {
        const int K = 4, N = 16;
        var (at, first, nearTies) = (0, 0, 0);
        foreach (var document in documents)
        {
            for (var layer = 0; layer < layers; layer++)
            {
                for (var token = 0; token < document.Ids.Count; token++)
                {
                    var decision = sink.Decisions[at++];
                    var row = (first + token) * layers + layer;
                    for (var e = 0; e < N; e++) Assert.Equal(logits[row * N + e], decision.Logits[e], 2e-4);
                    var ranked = decision.Selection.OrderDescending().ToArray();
                    if (ranked[K - 1] - ranked[K] < NearTie)
                    {
                        nearTies++;
                        continue;
                    }
                    Assert.Equal(selected.AsSpan(row * K, K).ToArray().Order(), decision.Experts.Order());
                    for (var j = 0; j < K; j++) Assert.Equal(weights[row * K + j], decision.Weights[j], 1e-4);
                }
            }
            first += document.Ids.Count;
        }
        Assert.Equal(sink.Decisions.Count, at);
        Assert.InRange(nearTies, 0, 80);
    }

    private sealed class Losses : IRunObserver
    {
        public List<double> Nll { get; } = [];

        public void OnSequence(int index, SequenceInput input)
        {
        }

        public void OnToken(GeneratedToken token)
        {
        }

        public void OnSequenceEnd(SequenceResult result) => Nll.AddRange(result.Nll!);
    }
}
