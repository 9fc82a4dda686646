using MoeDevtools.Checkpoints.Tokenizers.PreTokenizers;

namespace MoeDevtools.Checkpoints.Tokenizers.Decoders;

/// <summary>Reads <c>$.decoder</c>: one line for each kind.</summary>
internal static class DecoderReader
{
    private const string Kinds = "BPEDecoder, ByteFallback, ByteLevel, CTC, Fuse, Metaspace, Replace, Sequence, Strip, WordPiece";

    public static Decoder Read(JsonPart part)
    {
        var kind = PartReader.Kind(part, "decoder", Kinds);
        if (kind == "Metaspace")
        {
            return new MetaspaceDecoder(MetaspaceFields.Read(part));
        }
        var fields = part.Fields(kind, kind switch
        {
            "BPEDecoder" => ["type", "suffix"],
            "ByteLevel" => ["type", "add_prefix_space", "trim_offsets", "use_regex"],
            "CTC" => ["type", "pad_token", "word_delimiter_token", "cleanup"],
            "Replace" => ["type", "pattern", "content"],
            "Sequence" => ["type", "decoders"],
            "Strip" => ["type", "content", "start", "stop"],
            "WordPiece" => ["type", "prefix", "cleanup"],
            _ => ["type"],
        });
        return kind switch
        {
            "BPEDecoder" => new BytePairDecoder(fields.Required(part, "suffix").Text()),
            "ByteFallback" => new ByteFallbackDecoder(),
            "ByteLevel" => ByteLevel(part, fields),
            "CTC" => new CtcDecoder(
                fields.Required(part, "pad_token").Text(), fields.Required(part, "word_delimiter_token").Text(), fields.Required(part, "cleanup").Flag()),
            "Fuse" => new FuseDecoder(),
            "Replace" => new ReplaceDecoder(PartReader.Pattern(fields.Required(part, "pattern")), fields.Required(part, "content").Text()),
            "Sequence" => new SequenceDecoder([.. fields.Required(part, "decoders").Items().Select(Read)]),
            "Strip" => new StripDecoder(
                fields.Required(part, "content").Character(), fields.Required(part, "start").Count(), fields.Required(part, "stop").Count()),
            "WordPiece" => new WordPieceDecoder(fields.Required(part, "prefix").Text(), fields.Required(part, "cleanup").Flag()),
            _ => throw PartReader.UnknownKind(part, kind, "decoder", Kinds),
        };
    }

    private static ByteLevelDecoder ByteLevel(JsonPart part, Dictionary<string, JsonPart> fields)
    {
        // All three mean something elsewhere only; they must be what they should be nevertheless.
        fields.Required(part, "add_prefix_space").Flag();
        fields.Required(part, "trim_offsets").Flag();
        if (fields.TryGetValue("use_regex", out var regex))
        {
            regex.Flag();
        }
        return new();
    }
}
