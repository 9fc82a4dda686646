namespace MoeDevtools.Routing;

/// <summary>A line of a training program that belongs to a router: where it is called, or where its forward begins. Several routers may share one.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Line">From 1.</param>
/// <param name="IsCall">The router is called there; else its own code is there.</param>
public sealed record RouterSource(string Path, int Line, bool IsCall);
