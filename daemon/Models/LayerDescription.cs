using MoeDevtools.Messages;

namespace MoeDevtools.Models;

/// <summary>What a layer is.</summary>
/// <param name="Index">In its stack.</param>
/// <param name="Mixer">Clauses; none where the layer has no mixer.</param>
/// <param name="FeedForward">Clauses; none where the layer is a mixer alone.</param>
public sealed record LayerDescription(string Stack, int Index, IEnumerable<FormattableString> Mixer, IEnumerable<FormattableString> FeedForward)
{
    /// <summary>In one line.</summary>
    /// <param name="language">Null = English.</param>
    public string Describe(Translations? language = null) => string.Join("; ", Parts(language ?? Translations.English));

    /// <summary>A line for the mixer and one for the MLP, of those that there are.</summary>
    public IEnumerable<string> Parts(Translations language) => new[] { Mixer, FeedForward }.Where(part => part.Any()).Select(language.List);
}
