using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints;

/// <summary>The message of a log breakpoint, with its expressions evaluated at <paramref name="Row"/>.</summary>
public sealed record LogLine(Breakpoint Breakpoint, RouterInfo Router, long Step, int Row, string Text);
