using MoeDevtools.Checkpoints.Tokenizers.Text;
using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.PreTokenizers;

/// <summary>Reads <c>$.pre_tokenizer</c>: one line for each kind.</summary>
internal static class PreTokenizerReader
{
    private const string Kinds = "BertPreTokenizer, ByteLevel, CharDelimiterSplit, Digits, FixedLength, Metaspace, Punctuation, Sequence, Split, "
        + "UnicodeScripts, Whitespace, WhitespaceSplit";

    public static PreTokenizer Read(JsonPart part)
    {
        var kind = PartReader.Kind(part, "pre-tokenizer", Kinds);
        if (kind == "Metaspace")
        {
            return new MetaspacePreTokenizer(MetaspaceFields.Read(part));
        }
        var fields = part.Fields(kind, kind switch
        {
            "ByteLevel" => ["type", "add_prefix_space", "trim_offsets", "use_regex"],
            "CharDelimiterSplit" => ["type", "delimiter"],
            "Digits" => ["type", "individual_digits"],
            "FixedLength" => ["type", "length"],
            "Punctuation" => ["type", "behavior"],
            "Sequence" => ["type", "pretokenizers"],
            "Split" => ["type", "pattern", "behavior", "invert"],
            _ => ["type"],
        });
        return kind switch
        {
            "BertPreTokenizer" => new SequencePreTokenizer(
                [new ClassPreTokenizer(UnicodeTables.White, SplitBehavior.Removed), new ClassPreTokenizer(UnicodeTables.Punctuation, SplitBehavior.Isolated)]),
            "ByteLevel" => ByteLevel(part, fields),
            "CharDelimiterSplit" => new ClassPreTokenizer(CodePointSet.Of(fields.Required(part, "delimiter").Character()), SplitBehavior.Removed),
            "Digits" => new ClassPreTokenizer(
                UnicodeTables.Numeric, fields.Required(part, "individual_digits").Flag() ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
            "FixedLength" => FixedLength(part, fields),
            "Punctuation" => new ClassPreTokenizer(
                UnicodeTables.Punctuation, fields.TryGetValue("behavior", out var behavior) ? Behavior(behavior) : SplitBehavior.Isolated),
            "Sequence" => new SequencePreTokenizer([.. fields.Required(part, "pretokenizers").Items().Select(Read)]),
            "Split" => new SplitPreTokenizer(
                PartReader.Pattern(fields.Required(part, "pattern")), Behavior(fields.Required(part, "behavior")), fields.Required(part, "invert").Flag()),
            "UnicodeScripts" => new UnicodeScriptsPreTokenizer(),
            "Whitespace" => new WhitespacePreTokenizer(),
            "WhitespaceSplit" => new ClassPreTokenizer(UnicodeTables.White, SplitBehavior.Removed),
            _ => throw PartReader.UnknownKind(part, kind, "pre-tokenizer", Kinds),
        };
    }

    private static SplitBehavior Behavior(JsonPart part) => part.OneOf(
        "behavior", ("Removed", SplitBehavior.Removed), ("Isolated", SplitBehavior.Isolated), ("MergedWithPrevious", SplitBehavior.MergedWithPrevious),
        ("MergedWithNext", SplitBehavior.MergedWithNext), ("Contiguous", SplitBehavior.Contiguous));

    private static ByteLevelPreTokenizer ByteLevel(JsonPart part, Dictionary<string, JsonPart> fields)
    {
        fields.Required(part, "trim_offsets").Flag(); // means something in a post-processor only
        return new(fields.Required(part, "add_prefix_space").Flag(), !fields.TryGetValue("use_regex", out var regex) || regex.Flag());
    }

    private static FixedLengthPreTokenizer FixedLength(JsonPart part, Dictionary<string, JsonPart> fields)
    {
        var length = fields.TryGetValue("length", out var field) ? field.Count() : 5;
        return length > 0 ? new(length) : throw TokenizerErrors.Unsupported(part.File, field.Path, "0", "1 or more");
    }
}
