using System.Globalization;
using MoeDevtools.Messages;

namespace MoeDevtools.Routing.Interventions;

/// <summary>One change of a routing decision. Immutable. The text form is <see cref="InterventionParser"/>'s.</summary>
public sealed record Intervention
{
    public required InterventionKind Kind { get; init; }

    /// <summary>Of <c>mask</c>, <c>mask_renormalised</c>, <c>remove</c>, <c>remove_renormalised</c> and <c>force</c>.</summary>
    public IReadOnlyList<int> Experts { get; init; } = [];

    /// <summary>Of <c>add_to_logits</c>, <c>set_logits</c> and <c>selection_bias</c>: a value an expert.</summary>
    public IReadOnlyList<KeyValuePair<int, float>> Values { get; init; } = [];

    /// <summary>Of <c>weights</c>: one a slot.</summary>
    public IReadOnlyList<float> Weights { get; init; } = [];

    /// <summary>Of <c>scale_weights</c>.</summary>
    public float Factor { get; init; } = 1;

    /// <summary>Of <c>k</c>.</summary>
    public int K { get; init; }

    public IRoutingPolicy? Policy { get; init; }

    /// <summary>Refuses what <paramref name="router"/> cannot do, with the reason.</summary>
    /// <exception cref="UserError"/>
    public void Check(RouterInfo router)
    {
        foreach (var e in Experts.Concat(Values.Select(v => v.Key)))
            if (e < 0 || e >= router.Experts)
                throw new UserError("MOE3101", $"{router.Name} has experts 0 to {router.Experts - 1}; {Word} names expert {e}.", $"Name an expert in that range.");
        if (Kind == InterventionKind.K && (K < 1 || K > router.Experts))
            throw new UserError("MOE3102", $"{router.Name} has {router.Experts} experts; k = {K} is not possible.", $"Use a k from 1 to {router.Experts}.");
        if (router.Rule.ByToken && Kind == InterventionKind.K && K > router.Rule.K)
            throw new UserError("MOE3130", $"{router.Name} looks {router.Rule.K} experts up for each token id; k = {K} is not possible.", $"Use a k from 1 to {router.Rule.K}, or force the experts.");
        if (router.Rule.ByToken && Kind == InterventionKind.SelectionBias)
            throw new UserError("MOE3131", $"{router.Name} looks its experts up by token id; a selection_bias changes nothing there.", $"Name other routers, or use force or mask.");
        if (Kind is InterventionKind.Mask or InterventionKind.MaskRenormalised && Experts.Count >= router.Experts)
            throw new UserError("MOE3103", $"{Word} would take all {router.Experts} experts of {router.Name} out.", $"Leave at least one expert.");
    }

    /// <summary>The field's word of <see cref="Kind"/>.</summary>
    public string Word => WordOf(Kind);

    /// <summary>The field's word of a kind: <c>mask_renormalised</c>.</summary>
    public static string WordOf(InterventionKind kind) => kind switch
    {
        InterventionKind.Mask => "mask",
        InterventionKind.MaskRenormalised => "mask_renormalised",
        InterventionKind.Remove => "remove",
        InterventionKind.RemoveRenormalised => "remove_renormalised",
        InterventionKind.Force => "force",
        InterventionKind.K => "k",
        InterventionKind.AddToLogits => "add_to_logits",
        InterventionKind.SetLogits => "set_logits",
        InterventionKind.SelectionBias => "selection_bias",
        InterventionKind.Weights => "weights",
        InterventionKind.ScaleWeights => "scale_weights",
        _ => "policy",
    };

    /// <summary>As a person writes it: <c>add_to_logits 1=6</c>.</summary>
    public override string ToString() => Kind switch
    {
        InterventionKind.K => string.Create(CultureInfo.InvariantCulture, $"k {K}"),
        InterventionKind.ScaleWeights => string.Create(CultureInfo.InvariantCulture, $"scale_weights {Factor}"),
        InterventionKind.Weights => "weights " + string.Join(',', Weights.Select(w => w.ToString(CultureInfo.InvariantCulture))),
        InterventionKind.Policy => "policy " + Policy!.Text,
        InterventionKind.AddToLogits or InterventionKind.SetLogits or InterventionKind.SelectionBias =>
            Word + " " + string.Join(',', Values.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Key}={v.Value}"))),
        _ => Word + " " + string.Join(',', Experts),
    };
}
