namespace MoeDevtools.Host.Verbs.Traces;

/// <summary><c>trace</c>: what can be done with a recording as a file. Each thing is a verb of its own, one file and one line in <see cref="Verbs"/>.</summary>
internal static class TraceVerb
{
    public static Verb Create()
    {
        var verb = new Verb("trace", $"looks into, checks and rewrites recordings", Verbs(), examples:
        [
            new("moe-devtools trace info run.moetrace", $"What a recording holds."),
            new("moe-devtools trace compact run.moetrace", $"Smaller, without losing anything."),
        ]);
        return verb;
    }

    private static IReadOnlyList<Verb> Verbs() =>
    [
        TraceInfoVerb.Create(),
        TraceVerifyVerb.Create(),
        TraceCompactVerb.Create(),
        TraceRedactVerb.Create(),
        TraceExportVerb.Create(),
    ];
}
