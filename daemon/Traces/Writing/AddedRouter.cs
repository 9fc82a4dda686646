using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Writing;

/// <summary>A router that began to decide while the others were recorded already.</summary>
/// <param name="Columns">What is recorded of it.</param>
internal sealed record AddedRouter(RouterInfo Router, RoutingColumns Columns);
