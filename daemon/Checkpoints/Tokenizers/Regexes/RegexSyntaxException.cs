namespace MoeDevtools.Checkpoints.Tokenizers.Regexes;

/// <summary>A construct that is wrong or not supported; turned into a user error where file and path are known.</summary>
internal sealed class RegexSyntaxException(int at, string construct) : Exception(construct)
{
    /// <summary>Index into the pattern, in UTF-16 units.</summary>
    public int At { get; } = at;
}
