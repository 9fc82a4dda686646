namespace MoeDevtools.Probe;

/// <summary>A line of the program that called the probe.</summary>
internal sealed record CallSite(string Path, int Line, string Function);
