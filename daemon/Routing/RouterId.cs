namespace MoeDevtools.Routing;

/// <summary>
/// Identity of a router, the same in every run and checkpoint of an architecture, so that runs can be aligned.
/// </summary>
/// <param name="Stack"><c>decoder</c>, or <c>encoder</c> where a model has both.</param>
/// <param name="Layer">Index of the layer in its stack, from 0, as the checkpoint counts (dense layers count too).</param>
/// <param name="Ordinal">Index among the routers of that layer, from 0.</param>
public readonly record struct RouterId(string Stack, int Layer, int Ordinal)
{
    public override string ToString() => FormattableString.Invariant($"{Stack}/{Layer}/{Ordinal}");
}
