namespace MoeDevtools.Host.Terminal;

/// <summary>What a piece of text is, never how it looks: <see cref="Screen"/> knows the colours, and text reads the same without them.</summary>
internal enum Tone
{
    Plain,

    /// <summary>The heading of a block.</summary>
    Heading,

    /// <summary>Of second rank: column headings, hints, units.</summary>
    Dim,

    /// <summary>The one thing to look at: the breakpoint that was hit, the expert that was asked for.</summary>
    Hit,

    /// <summary>Wrong or suspicious: an error, a dead expert.</summary>
    Anomaly,
}
