namespace MoeDevtools.Host.Verbs;

/// <summary>A command that can be pasted, and what it does in a few words.</summary>
internal readonly record struct Example(string Command, FormattableString Does);
