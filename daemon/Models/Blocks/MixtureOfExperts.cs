using System.Globalization;
using MoeDevtools.Models.Backends;
using MoeDevtools.Routing;

namespace MoeDevtools.Models.Blocks;

/// <summary>
/// Router, experts, and shared experts where a family has them: y = Σ w_e expert_e(x) + shared(x). The only block that talks to the
/// <see cref="IRoutingSink"/>: after the decision and before the experts run.
/// </summary>
internal sealed record MixtureOfExperts : IFeedForward
{
    public required RouterInfo Info { get; init; }

    /// <summary>Router weight <c>[experts, hidden]</c>.</summary>
    public required Linear Gate { get; init; }

    /// <summary>router_logits = c · tanh(router_logits / c); 0 = as they are.</summary>
    public float SoftCap { get; init; }

    public required IReadOnlyList<MlpWeights> Experts { get; init; }

    public required MlpActivation Act { get; init; }

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
            yield return $"{Info.Experts} experts of {Experts[0].Inner}";
            foreach (var clause in Info.Rule.Words) yield return clause;
            if (SoftCap != 0) yield return $"logits capped at {SoftCap}";
            if (Shared is null) yield break;
            FormattableString shared = SharedGate is null ? (FormattableString)$"shared expert of {Shared.Weights.Inner}" : $"gated shared expert of {Shared.Weights.Inner}";
            yield return SumFactor == 1 ? (FormattableString)$"+ {shared}" : $"the sum times {SumFactor} with {shared}";
        }
    }

    public long IdleParameters => (Info.Experts - Info.Rule.K) * Experts[0].Parameters;

    public void Forward(Activation x, LayerState state, ForwardPass pass, Activation y)
    {
        var b = pass.Backend;
        using (var z = Gate.Forward(x, pass))                // router_logits [T, experts]
        {
            if (SoftCap > 0) b.SoftCap(z, SoftCap);
            b.Route(z, Info.Rule, pass.Routed, state.Places);
        }
        Report(pass);
        b.Experts(x, pass.Routed, Experts, Act, Info.Rule.WeighsInput, y);
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
