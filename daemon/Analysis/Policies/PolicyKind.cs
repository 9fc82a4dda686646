using MoeDevtools.Routing.Interventions;

namespace MoeDevtools.Analysis.Policies;

/// <summary>A line of the catalogue: what a policy is, and how it is made.</summary>
internal sealed record PolicyKind(PolicyInfo Info, Func<PolicyValues, IRoutingPolicy> Create);
