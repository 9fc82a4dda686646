namespace MoeDevtools.Checkpoints.Tokenizers.PreTokenizers;

/// <summary>Which pieces get the replacement character in front.</summary>
internal enum MetaspaceScheme
{
    /// <summary>The one at the start of the input.</summary>
    First,

    Never,

    /// <summary>Also each behind an added token.</summary>
    Always,
}
