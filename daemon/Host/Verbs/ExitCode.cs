namespace MoeDevtools.Host.Verbs;

/// <summary>What the program's exit says to a script. The only place where these numbers stand.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The program did its work, and what it checked is not so.</summary>
    public const int CheckFailed = 1;

    /// <summary>The command line, a file or a model is not usable; stderr says what to do.</summary>
    public const int BadInput = 2;

    /// <summary>A defect of this program (<c>EX_SOFTWARE</c> of sysexits.h).</summary>
    public const int Internal = 70;

    /// <summary>128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>128 + SIGPIPE: the reader of stdout went away, so that a pipeline with <c>pipefail</c> knows the work was cut short.</summary>
    public const int OutputClosed = 141;

    /// <summary>128 + SIGTERM.</summary>
    public const int Terminated = 143;
}
