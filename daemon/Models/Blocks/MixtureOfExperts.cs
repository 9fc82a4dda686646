using System.Globalization;
using MoeDevtools.Models.Backends;
using MoeDevtools.Routing;

namespace MoeDevtools.Models.Blocks;

/// <summary>
/// Router, experts, and shared experts where a family has them: y = Σ w_e expert_e(x) + shared(x), where an identity's expert_e(x) is x. The only block that talks to the
/// <see cref="IRoutingSink"/>: after the decision and before the experts run.
/// </summary>
internal sealed record MixtureOfExperts : IFeedForward
{
    public required RouterInfo Info { get; init; }

    /// <summary>Router weight <c>[experts, hidden]</c>.</summary>
    public required Linear Gate { get; init; }

    /// <summary>The experts of each token id <c>[vocabulary, k]</c>, where the rule decides by token id; null elsewhere.</summary>
    public int[]? Table { get; init; }

    /// <summary>router_logits = c · tanh(router_logits / c); 0 = as they are.</summary>
    public float SoftCap { get; init; }

    /// <summary>In the order of their ids, without the identities, which have no weights.</summary>
    public required IReadOnlyList<MlpWeights> Experts { get; init; }

    public required MlpActivation Act { get; init; }

    /// <summary>What the experts see of x, <c>[latent, hidden]</c>; null = x. The router and the shared expert see x.</summary>
    public Linear? Reduce { get; init; }

    /// <summary>What makes a hidden state of the experts' sum, <c>[hidden, latent]</c>; null where there is no <see cref="Reduce"/>.</summary>
    public Linear? Restore { get; init; }

    /// <summary>Runs for every token; null = none.</summary>
    public Mlp? Shared { get; init; }

    /// <summary>The shared expert counts σ(gate x) <c>[1, hidden]</c>; null = 1.</summary>
    public Linear? SharedGate { get; init; }

    /// <summary>On experts and shared together.</summary>
    public float SumFactor { get; init; } = 1;

    public RouterInfo? Router => Info;

    public IEnumerable<FormattableString> Words
    {
        get
        {
            yield return $"{Experts.Count} experts of {Experts[0].Inner}";
            if (Reduce is not null) yield return $"on a latent of {Reduce.Out}";
            foreach (var clause in Info.Rule.Words) yield return clause;
            if (SoftCap != 0) yield return $"logits capped at {SoftCap}";
            if (Shared is null) yield break;
            FormattableString shared = SharedGate is null ? (FormattableString)$"shared expert of {Shared.Weights.Inner}" : $"gated shared expert of {Shared.Weights.Inner}";
            yield return SumFactor == 1 ? (FormattableString)$"+ {shared}" : $"the sum times {SumFactor} with {shared}";
        }
    }

    public long IdleParameters => Math.Max(0, Experts.Count - Info.Rule.K) * Experts[0].Parameters;

    public long SavedParameters => Math.Min(Math.Min(Info.Rule.K, Experts.Count), Info.Rule.IdentityExperts) * Experts[0].Parameters;

    public void Forward(Activation x, LayerState state, ForwardPass pass, Activation y)
    {
        var b = pass.Backend;
        using (var z = Gate.Forward(x, pass))                // router_logits [T, experts]
        {
            if (SoftCap > 0) b.SoftCap(z, SoftCap);
            b.Route(z, Info.Rule, pass.Routed, state.Places, LookedUp(pass.Ids));
        }
        Report(pass);
        if (Reduce is null) b.Experts(x, pass.Routed, Experts, Act, Info.Rule.WeighsInput, y);
        else
        {
            using var r = Reduce.Forward(x, pass);               // [T, latent]
            using var sum = pass.Rent(r.Columns);
            b.Experts(r, pass.Routed, Experts, Act, Info.Rule.WeighsInput, sum);
            Restore!.Forward(sum, pass, y);
        }
        if (Info.Rule.IdentityExperts > 0) b.Identities(x, pass.Routed, Experts.Count, y);
        if (Info.Rule.OutputFactor != 1) b.Scale(y, Info.Rule.OutputFactor);
        if (Shared is not null)
        {
            using var shared = pass.Rent(y.Columns);
            Shared.Forward(x, pass, shared);
            if (SharedGate is not null)
            {
                using var gate = SharedGate.Forward(x, pass);   // [T, 1]
                b.Gate(gate, ActivationFunction.Sigmoid, shared);
            }
            b.Add(shared, y);
        }
        if (SumFactor != 1) b.Scale(y, SumFactor);
    }

    /// <summary><c>[T, k]</c>; empty where the rule ranks.</summary>
    private int[] LookedUp(int[] ids)
    {
        if (Table is null) return [];
        var k = Info.Rule.K;
        var experts = new int[ids.Length * k];
        for (var t = 0; t < ids.Length; t++) Table.AsSpan(ids[t] * k, k).CopyTo(experts.AsSpan(t * k));
        return experts;
    }

    private void Report(ForwardPass pass)
    {
        pass.Cancelled.ThrowIfCancellationRequested();
        var wanted = pass.Sink?.Wanted(Info) ?? RoutingColumns.None;
        if (wanted == RoutingColumns.None) return;
        pass.Batch.Reset(Info, pass.Routing, Info.Rule.K, wanted);
        pass.Backend.Read(pass.Routed, pass.Batch);
        pass.Sink!.OnRouted(pass.Batch);
        if (pass.Batch.Before is not null) pass.Backend.Impose(pass.Routed, pass.Batch);
    }
}
