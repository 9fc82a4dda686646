namespace MoeDevtools.Checkpoints.ChatTemplates.Values;

/// <summary>The one value that a template can change: <c>{% set ns.name = value %}</c>.</summary>
internal sealed class Namespace
{
    public Mapping Attributes { get; } = new();
}
