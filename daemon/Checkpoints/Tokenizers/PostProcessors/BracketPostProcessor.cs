using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.PostProcessors;

/// <summary>BertProcessing and RobertaProcessing: one token before and one after the text.</summary>
internal sealed class BracketPostProcessor((string Token, int Id) before, (string Token, int Id) after, OffsetTrimmer? roberta) : PostProcessor
{
    public override int AddedTokens => 2;

    public override List<TokenList> Process(List<TokenList> parts, bool addSpecialTokens)
    {
        roberta?.Process(parts, addSpecialTokens);
        return addSpecialTokens ? [.. parts.Select(Bracket)] : parts;
    }

    /// <summary>The first part is treated as the text; what a template made of it before is treated as further texts.</summary>
    private TokenList Bracket(TokenList part, int index)
    {
        var output = part.Slice(0, 0);
        if (index == 0)
        {
            output.Add(before.Id, before.Token, 0, 0, special: 1);
        }
        else if (roberta is not null)
        {
            output.Add(after.Id, after.Token, 0, 0, special: 1);
        }
        for (var i = 0; i < part.Count; i++)
        {
            output.Add(part.Ids[i], part.Tokens[i], part.Offsets[i].Start, part.Offsets[i].End);
        }
        output.Add(after.Id, after.Token, 0, 0, special: 1);
        return output;
    }
}
