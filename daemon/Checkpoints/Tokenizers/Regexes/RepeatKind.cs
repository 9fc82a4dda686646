namespace MoeDevtools.Checkpoints.Tokenizers.Regexes;

internal enum RepeatKind
{
    Greedy,
    Lazy,
    Possessive,
}
