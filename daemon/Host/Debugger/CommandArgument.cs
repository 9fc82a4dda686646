namespace MoeDevtools.Host.Debugger;

/// <summary>What a command takes, as far as completion cares.</summary>
internal enum CommandArgument
{
    None,

    /// <summary>A glob over routers, then a condition after <c>if</c>.</summary>
    Place,

    /// <summary>An expression of the condition language.</summary>
    Expression,

    /// <summary>The name of a command.</summary>
    Command,

    /// <summary>A word of <c>info</c>.</summary>
    Topic,

    /// <summary>The id of an anomaly filter.</summary>
    Filter,
}
