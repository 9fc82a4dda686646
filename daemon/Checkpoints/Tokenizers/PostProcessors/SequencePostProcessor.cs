using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.PostProcessors;

internal sealed class SequencePostProcessor(IReadOnlyList<PostProcessor> steps) : PostProcessor
{
    public IReadOnlyList<PostProcessor> Steps => steps;

    public override int AddedTokens => steps.Sum(s => s.AddedTokens);

    public override List<TokenList> Process(List<TokenList> parts, bool addSpecialTokens) =>
        steps.Aggregate(parts, (current, step) => step.Process(current, addSpecialTokens));
}
