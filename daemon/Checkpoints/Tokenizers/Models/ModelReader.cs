namespace MoeDevtools.Checkpoints.Tokenizers.Models;

/// <summary>Reads <c>$.model</c>. Old files have no <c>type</c>; then it is told by the fields, in the reference's order.</summary>
internal static class ModelReader
{
    private const string Kinds = "BPE, WordPiece, WordLevel, Unigram";

    public static Model Read(JsonPart part)
    {
        var names = part.Members("a model").ToDictionary(m => m.Name, m => m.Part);
        var kind = names.ContainsKey("type") ? PartReader.Kind(part, "model", Kinds)
            : names.ContainsKey("merges") ? "BPE"
            : names.ContainsKey("max_input_chars_per_word") ? "WordPiece"
            : names.ContainsKey("unk_token") ? "WordLevel"
            : names.TryGetValue("vocab", out var vocabulary) && vocabulary.IsArray ? "Unigram"
            : throw TokenizerErrors.Missing(part.File, $"{part.Path}.type");
        return kind switch
        {
            "BPE" => BytePairModel.Read(part),
            "WordPiece" => WordPieceModel.Read(part),
            "WordLevel" => WordLevelModel.Read(part),
            _ => UnigramModel.Read(part),
        };
    }
}
