using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Models;

/// <summary>Turns a piece of text into tokens of the vocabulary. Thread safe.</summary>
internal abstract class Model
{
    public abstract int VocabularySize { get; }

    public abstract int? IdOf(string token);

    public abstract string? TokenOf(int id);

    /// <summary>Adds the tokens of a piece, which is not empty, to <paramref name="output"/>.</summary>
    public abstract void Tokenize(in Piece piece, TokenList output);
}
