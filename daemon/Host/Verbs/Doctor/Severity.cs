namespace MoeDevtools.Host.Verbs.Doctor;

internal enum Severity
{
    Ok,

    /// <summary>Worth knowing; nothing is worse for it.</summary>
    Info,

    /// <summary>Something works less well, or one feature not at all.</summary>
    Warn,

    /// <summary>The program cannot do its work here.</summary>
    Fail,
}
