using System.Globalization;
using MoeDevtools.Models.Backends;
using MoeDevtools.Routing;

namespace MoeDevtools.Models.Blocks;

/// <summary>
/// Router, experts, and shared experts where a family has them: y = Σ w_e expert_e(x) + shared(x). The only block that talks to the
/// <see cref="IRoutingSink"/>: after the decision and before the experts run.
/// </summary>
internal sealed class MixtureOfExperts : IFeedForward
{
    public required RouterInfo Info { get; init; }

    /// <summary>Router weight <c>[experts, hidden]</c>.</summary>
    public required Linear Gate { get; init; }

    public required IReadOnlyList<GatedWeights> Experts { get; init; }

    public required ActivationFunction Act { get; init; }

    /// <summary>Runs for every token, unweighted; null = none.</summary>
    public GatedMlp? Shared { get; init; }

    public RouterInfo? Router => Info;

    public string Description => string.Create(CultureInfo.InvariantCulture, $"{Info.Experts} experts of {Experts[0].Gate.Rows}, {Info.Rule.Describe()}")
        + (Shared is null ? "" : string.Create(CultureInfo.InvariantCulture, $", + shared expert of {Shared.Weights.Gate.Rows}"));

    public long IdleParameters => (long)(Info.Experts - Info.Rule.K) * 3 * Experts[0].Gate.Rows * Experts[0].Gate.Columns;

    public void Forward(Activation x, ForwardPass pass, Activation y)
    {
        var b = pass.Backend;
        using (var z = Gate.Forward(x, pass))                // router_logits [T, experts]
            b.Route(z, Info.Rule, pass.Routed);
        Report(pass);
        b.Experts(x, pass.Routed, Experts, Act, y);
        if (Shared is null) return;
        using var shared = pass.Rent(y.Columns);
        Shared.Forward(x, pass, shared);
        b.Add(shared, y);
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
