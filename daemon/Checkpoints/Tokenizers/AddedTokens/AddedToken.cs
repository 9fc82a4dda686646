namespace MoeDevtools.Checkpoints.Tokenizers.AddedTokens;

/// <summary>One entry of <c>$.added_tokens</c>. Its <c>id</c> in the file is not here: the reference does not use it.</summary>
internal sealed record AddedToken(string Content, bool SingleWord, bool LeftStrip, bool RightStrip, bool Normalized, bool Special)
{
    public static AddedToken Read(JsonPart part)
    {
        var fields = part.Fields("an added token", "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
        fields.Required(part, "id").Count();
        return new(
            fields.Required(part, "content").Text(), fields.Required(part, "single_word").Flag(), fields.Required(part, "lstrip").Flag(),
            fields.Required(part, "rstrip").Flag(), fields.Required(part, "normalized").Flag(), fields.Required(part, "special").Flag());
    }
}
