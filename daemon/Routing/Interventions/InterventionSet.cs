namespace MoeDevtools.Routing.Interventions;

/// <summary>Changes with their scope: which routers, which positions. Immutable.</summary>
/// <param name="Routers">Glob over router names and aliases.</param>
/// <param name="Positions">Null = every position.</param>
/// <param name="Changes">Applied together, in the order of the rule's stages.</param>
public sealed record InterventionSet(string Routers, PositionSet? Positions, IReadOnlyList<Intervention> Changes)
{
    /// <summary>Refuses what one of the routers that it names cannot do, and a glob that names none.</summary>
    public void Check(IReadOnlyList<RouterInfo> routers)
    {
        var matched = RouterNames.Match(Routers, routers);
        if (matched.Count == 0)
        {
            var nearest = string.Join(", ", RouterNames.Nearest(Routers, routers));
            throw new Messages.UserError("MOE3104", $"no router is named \"{Routers}\".", $"Nearest: {nearest}. List all with `inspect`.");
        }
        foreach (var router in matched)
        {
            if (router.NoChanges is { } why)
                throw new Messages.UserError("MOE3105", $"a change of {router.Name} does not reach the program: {why}.", $"Change another router, or ask what a policy would do with a recording.");
            foreach (var change in Changes) change.Check(router);
        }
    }

    /// <summary>As a person writes it: <c>GLOB at 3,5-9: mask 6; k 2</c>.</summary>
    public override string ToString() => Routers + (Positions is null ? "" : " at " + Positions) + ": " + string.Join("; ", Changes);
}
