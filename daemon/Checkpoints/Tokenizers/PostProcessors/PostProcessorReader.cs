namespace MoeDevtools.Checkpoints.Tokenizers.PostProcessors;

/// <summary>Reads <c>$.post_processor</c>: one line for each kind.</summary>
internal static class PostProcessorReader
{
    private const string Kinds = "BertProcessing, ByteLevel, RobertaProcessing, Sequence, TemplateProcessing";

    public static PostProcessor Read(JsonPart part)
    {
        var kind = PartReader.Kind(part, "post-processor", Kinds);
        if (kind == "TemplateProcessing")
        {
            return TemplatePostProcessor.Read(part);
        }
        var fields = part.Fields(kind, kind switch
        {
            "BertProcessing" => ["type", "sep", "cls"],
            "ByteLevel" => ["type", "add_prefix_space", "trim_offsets", "use_regex"],
            "RobertaProcessing" => ["type", "sep", "cls", "trim_offsets", "add_prefix_space"],
            _ => ["type", "processors"],
        });
        if (kind == "Sequence")
        {
            var steps = fields.Required(part, "processors").Items().Select(item => (Item: item, Step: Read(item))).ToList();
            // A template takes the whole text as its A; behind another template there is no longer one part.
            var second = steps.Where(s => Templates(s.Step)).Skip(1).FirstOrDefault();
            return second.Step is null
                ? new SequencePostProcessor([.. steps.Select(s => s.Step)])
                : throw TokenizerErrors.Unsupported(part.File, second.Item.Path, "a template behind another template", "the only template");
        }
        if (fields.TryGetValue("use_regex", out var regex))
        {
            regex.Flag();
        }
        var trims = kind == "BertProcessing" ? null : new OffsetTrimmer(
            fields.Required(part, "trim_offsets").Flag(), fields.Required(part, "add_prefix_space").Flag());
        return kind == "ByteLevel" ? trims! : new BracketPostProcessor(Token(fields.Required(part, "cls")), Token(fields.Required(part, "sep")), trims);
    }

    private static bool Templates(PostProcessor step) => step is TemplatePostProcessor || (step is SequencePostProcessor sequence && sequence.Steps.Any(Templates));

    private static (string Token, int Id) Token(JsonPart part)
    {
        var items = part.Items().Take(3).ToList();
        return items.Count == 2
            ? (items[0].Text(), items[1].Count())
            : throw TokenizerErrors.WrongType(part.File, part.Path, "a list of another length", "a token and its id");
    }
}
