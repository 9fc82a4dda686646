using System.Globalization;
using MoeDevtools.Checkpoints;
using MoeDevtools.Models;
using MoeDevtools.Models.Sampling;
using MoeDevtools.Routing;

namespace MoeDevtools.Capture.Parity;

/// <summary>Runs a checkpoint and compares it with what a reference implementation computed (<c>golden.safetensors</c>; docs/parity.md has its layout).</summary>
public static class ModelParity
{
    public const string FileName = "golden.safetensors";

    /// <param name="bound">
    /// Absolute, on logits, hidden states and router logits; scores and weights have a tenth of it. Hidden states of models with recurrences: times the value, where that is above 1.
    /// </param>
    /// <exception cref="Messages.UserError">The model or the reference cannot be read.</exception>
    public static ParityRow Compare(string folder, string backend, double bound, CancellationToken cancelled)
    {
        using var session = ModelSession.Open(folder, backend);
        using var golden = SafetensorsFile.Open(Path.Combine(folder, FileName));
        var model = session.Model;
        var encoded = model.HasEncoder ? Ids(session, golden, "input_ids") : [];
        var ids = Ids(session, golden, model.HasEncoder ? "decoder_input_ids" : "input_ids");
        var tap = new ReferenceTap(golden, model.Backend, ids.Length * (long)model.VocabularySize, recurs: model.FixedState > 0);
        using (var state = model.CreateState(ids.Length))
        {
            if (model.HasEncoder) model.Encode(encoded, state, Pass(encoded, 1, Phase.Prefill), tap, tap, cancelled);
            using var last = model.Forward(ids, state, Pass(ids, 1, Phase.Prefill), tap, tap, cancelled);
        }

        bool? greedyEqual = golden.TryGet("greedy_ids", out var greedy)
            ? GreedyIds(model, Ids(session, golden, "greedy_prompt_ids"), (int)greedy.ElementCount, cancelled).SequenceEqual(greedy.ToInts())
            : null;
        var unmatched = tap.UnmatchedRouters.ToList();
        var (main, tenth) = (bound, bound / 10);
        var pass = tap.Logits.Largest <= main && tap.Hidden.Largest <= main && tap.RouterLogits.Largest <= main
            && tap.Scores.Largest <= tenth && tap.Weights.Largest <= tenth
            && tap.DecisionsDiffer == 0 && greedyEqual != false && unmatched.Count == 0;
        return new ParityRow
        {
            Folder = folder,
            Kind = "model",
            Logits = tap.Logits.Largest,
            HiddenStates = tap.Hidden.Largest,
            RouterLogits = tap.RouterLogits.Largest,
            Scores = tap.Scores.Largest,
            Weights = tap.Weights.Largest,
            Decisions = tap.Decisions,
            DecisionsDiffer = tap.DecisionsDiffer,
            GreedyEqual = greedyEqual,
            Bound = bound,
            Pass = pass,
            Detail = pass ? null
                : unmatched.Count > 0 ? $"router only on one side: {unmatched[0]}"
                : tap.FirstDecision
                ?? (tap.Hidden.Largest > main ? tap.Hidden.Where : tap.RouterLogits.Largest > main ? tap.RouterLogits.Where : tap.Scores.Largest > tenth ? tap.Scores.Where
                    : tap.Weights.Largest > tenth ? tap.Weights.Where : tap.Logits.Largest > main ? tap.Logits.Where : "the greedy continuation differs"),
        };
    }

    private static int[] Ids(ModelSession session, SafetensorsFile golden, string name)
    {
        var ids = golden.Get(name).ToInts();
        session.Check(new SequenceInput(ids) { Id = $"{golden.Path}: {name}" });
        return ids;
    }

    /// <summary>
    /// Greedy continuation with the cache; without it where old positions turn once the sequence grows (dynamic RoPE), because the reference is computed so.
    /// </summary>
    private static List<int> GreedyIds(Decoder model, int[] prompt, int count, CancellationToken cancelled)
    {
        List<int> ids = model.HasEncoder ? [model.StartToken] : [.. prompt];
        var given = ids.Count;
        var sampler = new Sampler(SamplingParameters.Greedy, 0);
        var logits = new float[model.VocabularySize];
        using var state = model.CreateState(given + count);
        if (model.HasEncoder) model.Encode(prompt, state, Pass(prompt, 1, Phase.Prefill), null, null, cancelled);
        for (var step = 1; step <= count; step++)
        {
            if (model.PositionsTurn) state.Rewind(0);
            var next = ids.GetRange(state.Length, ids.Count - state.Length).ToArray();
            using (var last = model.Forward(next, state, Pass(next, step, step == 1 ? Phase.Prefill : Phase.Decode), null, null, cancelled))
                model.Backend.Read(last, 0, logits);
            ids.Add(sampler.Next(logits, []));
        }
        return ids.GetRange(given, count);
    }

    private static RoutingPass Pass(int[] ids, long step, Phase phase)
    {
        var pass = new RoutingPass { Step = step, Phase = phase };
        pass.Rows.Reset(ids.Length);
        ids.CopyTo(pass.Rows.TokenId.AsSpan());
        return pass;
    }
}
