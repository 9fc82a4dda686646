using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.PostProcessors;

/// <summary>Adds template tokens and trims offsets. It works on the parts that an encoding is joined from. Thread safe.</summary>
internal abstract class PostProcessor
{
    /// <summary>How many tokens it adds to one text; truncation leaves room for them.</summary>
    public abstract int AddedTokens { get; }

    public abstract List<TokenList> Process(List<TokenList> parts, bool addSpecialTokens);
}
