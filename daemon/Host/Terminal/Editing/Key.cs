namespace MoeDevtools.Host.Terminal.Editing;

/// <summary>What a person pressed. <paramref name="Text"/> only with <see cref="KeyKind.Text"/>; it has no control characters.</summary>
internal readonly record struct Key(KeyKind Kind, string Text = "");
