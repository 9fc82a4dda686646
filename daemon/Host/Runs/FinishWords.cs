namespace MoeDevtools.Host.Runs;

/// <summary>How a sequence ended, in words.</summary>
internal static class FinishWords
{
    public static FormattableString Of(string finish) => finish switch
    {
        "eos" => (FormattableString)$"ended by its end-of-sequence token",
        "context" => $"ended by the length of the context",
        "recorded" => $"as recorded",
        _ => $"ended by --max-new-tokens",
    };
}
