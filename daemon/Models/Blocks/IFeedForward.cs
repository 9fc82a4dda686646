using MoeDevtools.Models.Backends;
using MoeDevtools.Routing;

namespace MoeDevtools.Models.Blocks;

/// <summary>The part of a layer after the attention: a dense MLP or a mixture of experts.</summary>
internal interface IFeedForward
{
    /// <summary>What it is, for <c>inspect</c>: a clause for each thing to know.</summary>
    IEnumerable<FormattableString> Words { get; }

    /// <summary>Null for a dense MLP.</summary>
    RouterInfo? Router => null;

    /// <summary>Parameters that a token does not use: those of the experts it was not sent to.</summary>
    long IdleParameters => 0;

    /// <summary>Parameters that a token may leave idle beyond that: those of the experts in whose place it goes to identities.</summary>
    long SavedParameters => 0;

    /// <summary>What the router counts of a sequence, where its experts have a capacity.</summary>
    ExpertPlaces? CreatePlaces() => Router is { Rule.Capacity: not null } router ? new ExpertPlaces(router.Experts, router.Rule.K) : null;

    /// <summary>y = ffn(x); both <c>[T, hidden]</c>.</summary>
    void Forward(Activation x, LayerState state, ForwardPass pass, Activation y);
}
