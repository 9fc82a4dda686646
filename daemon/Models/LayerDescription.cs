using MoeDevtools.Messages;

namespace MoeDevtools.Models;

/// <summary>What a layer is.</summary>
/// <param name="Index">In its stack.</param>
/// <param name="Mixer">Clauses.</param>
/// <param name="FeedForward">Clauses.</param>
public sealed record LayerDescription(string Stack, int Index, IEnumerable<FormattableString> Mixer, IEnumerable<FormattableString> FeedForward)
{
    /// <summary>In one line.</summary>
    /// <param name="language">Null = English.</param>
    public string Describe(Translations? language = null) => $"{(language ?? Translations.English).List(Mixer)}; {(language ?? Translations.English).List(FeedForward)}";
}
