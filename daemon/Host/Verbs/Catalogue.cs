using MoeDevtools.Host.Verbs.Doctor;
using MoeDevtools.Host.Verbs.Traces;

namespace MoeDevtools.Host.Verbs;

/// <summary>All verbs, in the order of the help. A new verb is one file and one line here.</summary>
internal static class Catalogue
{
    public static IReadOnlyList<Verb> Verbs() =>
    [
        DemoVerb.Create(),
        DebugVerb.Create(),
        RunVerb.Create(),
        RunTrainingVerb.Create(),
        AttachVerb.Create(),
        InspectVerb.Create(),
        GenerateVerb.Create(),
        TokenizeVerb.Create(),
        DiffVerb.Create(),
        ImportVerb.Create(),
        ParityVerb.Create(),
        DapVerb.Create(),
        DaemonVerb.Create(),
        TraceVerb.Create(),
        DoctorVerb.Create(),
    ];
}
