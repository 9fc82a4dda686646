namespace MoeDevtools.Checkpoints.Tokenizers.PreTokenizers;

/// <summary>The fields of a Metaspace, which is a pre-tokenizer and a decoder, in their new and old form.</summary>
internal sealed record MetaspaceFields(int Replacement, MetaspaceScheme Scheme, bool Split)
{
    public static MetaspaceFields Read(JsonPart part)
    {
        var fields = part.Fields("Metaspace", "type", "replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep");
        fields.Optional("str_rep")?.Text(); // old files have it; the reference does not use it
        var scheme = fields.TryGetValue("prepend_scheme", out var field)
            ? field.OneOf("prepend_scheme", ("first", MetaspaceScheme.First), ("never", MetaspaceScheme.Never), ("always", MetaspaceScheme.Always))
            : MetaspaceScheme.Always;
        if (!fields.Flag("add_prefix_space", absent: true) && scheme != MetaspaceScheme.Never)
        {
            throw TokenizerErrors.Contradiction(part.File, part.Path, "add_prefix_space is false, but prepend_scheme is not \"never\"");
        }
        return new(fields.Required(part, "replacement").Character(), scheme, fields.Flag("split", absent: true));
    }
}
