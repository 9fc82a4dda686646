namespace MoeDevtools.Wire;

/// <summary>What a peer may make us hold, in bytes.</summary>
/// <param name="HeaderLine">One line of a header, its end included.</param>
/// <param name="Body">The body of one message.</param>
public sealed record MessageLimits(int HeaderLine, int Body)
{
    public static readonly MessageLimits Default = new(1024, 64 << 20);

    /// <summary>For a probe, whose messages hold whole batches.</summary>
    public static readonly MessageLimits Probe = new(1024, 256 << 20);

    /// <summary>For a peer that has not shown who it is.</summary>
    public static readonly MessageLimits Stranger = new(256, 64 << 10);
}
