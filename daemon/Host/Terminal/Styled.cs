namespace MoeDevtools.Host.Terminal;

/// <summary>Text with its tone. Text never carries escape sequences, so that it can be measured and cut.</summary>
internal readonly record struct Styled(string Text, Tone Tone)
{
    public static implicit operator Styled(string text) => new(text, Tone.Plain);
}
