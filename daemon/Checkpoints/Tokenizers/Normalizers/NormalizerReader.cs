using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.Normalizers;

/// <summary>Reads <c>$.normalizer</c>: one line for each kind.</summary>
internal static class NormalizerReader
{
    private const string Kinds =
        "BertNormalizer, ByteLevel, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, Precompiled, Prepend, Replace, Sequence, Strip, StripAccents";

    public static Normalizer Read(JsonPart part)
    {
        var kind = PartReader.Kind(part, "normalizer", Kinds);
        var fields = part.Fields(kind, kind switch
        {
            "BertNormalizer" => ["type", "clean_text", "handle_chinese_chars", "strip_accents", "lowercase"],
            "Precompiled" => ["type", "precompiled_charsmap"],
            "Prepend" => ["type", "prepend"],
            "Replace" => ["type", "pattern", "content"],
            "Sequence" => ["type", "normalizers"],
            "Strip" => ["type", "strip_left", "strip_right"],
            _ => ["type"],
        });
        return kind switch
        {
            "BertNormalizer" => new BertNormalizer(
                fields.Required(part, "clean_text").Flag(), fields.Required(part, "handle_chinese_chars").Flag(),
                fields.Optional("strip_accents")?.Flag(), fields.Required(part, "lowercase").Flag()),
            "ByteLevel" => new ByteLevelNormalizer(),
            "Lowercase" => new LowercaseNormalizer(),
            "NFC" => new UnicodeNormalizer(static text => NormalForms.Compose(text, compatible: false)),
            "NFD" => new UnicodeNormalizer(static text => NormalForms.Decompose(text, compatible: false)),
            "NFKC" => new UnicodeNormalizer(static text => NormalForms.Compose(text, compatible: true)),
            "NFKD" => new UnicodeNormalizer(static text => NormalForms.Decompose(text, compatible: true)),
            "Nmt" => new NmtNormalizer(),
            "Precompiled" => PrecompiledNormalizer.Read(fields.Required(part, "precompiled_charsmap")),
            "Prepend" => new PrependNormalizer(fields.Required(part, "prepend").Text()),
            "Replace" => new ReplaceNormalizer(PartReader.Pattern(fields.Required(part, "pattern")), fields.Required(part, "content").Text()),
            "Sequence" => new SequenceNormalizer([.. fields.Required(part, "normalizers").Items().Select(Read)]),
            "Strip" => new StripNormalizer(fields.Required(part, "strip_left").Flag(), fields.Required(part, "strip_right").Flag()),
            "StripAccents" => new StripAccentsNormalizer(),
            _ => throw PartReader.UnknownKind(part, kind, "normalizer", Kinds),
        };
    }
}
