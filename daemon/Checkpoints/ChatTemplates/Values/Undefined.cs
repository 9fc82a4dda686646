namespace MoeDevtools.Checkpoints.ChatTemplates.Values;

/// <summary>What a missing name, key or attribute gives: prints as nothing, is false and empty, fails when used otherwise.</summary>
internal sealed class Undefined(string reason)
{
    /// <summary>Why it is undefined, as the error says when it is used.</summary>
    public string Reason { get; } = reason;
}
