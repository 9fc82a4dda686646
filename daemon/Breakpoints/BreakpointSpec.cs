namespace MoeDevtools.Breakpoints;

/// <summary>What a person asks a breakpoint to be. Immutable.</summary>
public sealed record BreakpointSpec
{
    /// <summary>Glob over router names and aliases.</summary>
    public required string Routers { get; init; }

    /// <summary>A line of source: its routers are bound too, also those that only begin to decide later; null = none.</summary>
    public (string Path, int Line)? Place { get; init; }

    /// <summary>In the language of docs/conditions.md; null = always.</summary>
    public string? Condition { get; init; }

    /// <summary><c>5</c> (the fifth), <c>>5</c>, <c>%10</c> (every tenth) ...; null = every time.</summary>
    public string? Hits { get; init; }

    /// <summary>Null = by what condition and message name: a decision's quantity, or none.</summary>
    public BreakpointMode? Mode { get; init; }

    /// <summary>Text with <c>{expressions}</c>: logged in place of a stop.</summary>
    public string? LogMessage { get; init; }

    /// <summary>Switches itself off after its first hit.</summary>
    public bool Once { get; init; }

    /// <summary>Hits only where the condition becomes true, having not been true when this router was looked at before (data breakpoint, write).</summary>
    public bool Crosses { get; init; }

    /// <summary>Hits where this expert is selected, and the condition is true (data breakpoint, read); null = any expert.</summary>
    public int? ReadsExpert { get; init; }

    /// <summary>Where the condition, hit count, message and expert start in the text that was parsed, from 1: errors count from there.</summary>
    internal int ConditionColumn { get; init; } = 1;

    internal int HitsColumn { get; init; } = 1;

    internal int MessageColumn { get; init; } = 1;

    internal int ExpertColumn { get; init; } = 1;

    /// <summary><c>GLOB [if C | crosses C] [expert E] [hits H] [mode M] [once]</c>.</summary>
    /// <exception cref="Conditions.ConditionError"/>
    public static BreakpointSpec Parse(string text) => new SpecParser(text).Breakpoint();

    /// <summary><c>GLOB [if C] [hits H] [mode M]: TEXT {EXPR} {EXPR:0.00}</c>.</summary>
    /// <exception cref="Conditions.ConditionError"/>
    public static BreakpointSpec ParseLog(string text) => new SpecParser(text).Log();

    /// <summary>The breakpoint as <see cref="Parse"/> reads it.</summary>
    public override string ToString() => string.Concat(
        Routers,
        ReadsExpert is { } e ? FormattableString.Invariant($" expert {e}") : "",
        Condition is null ? "" : Crosses ? $" crosses {Condition}" : $" if {Condition}",
        Hits is null ? "" : $" hits {Hits}",
        Mode is null ? "" : Mode == BreakpointMode.Batch ? " mode batch" : " mode decision",
        Once ? " once" : "",
        LogMessage is null ? "" : $": {LogMessage}");
}
