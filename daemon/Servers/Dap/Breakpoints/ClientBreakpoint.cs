using MoeDevtools.Breakpoints;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;

namespace MoeDevtools.Servers.Dap.Breakpoints;

/// <summary>A breakpoint with the number that the client knows it by, and what the session has for it.</summary>
internal sealed class ClientBreakpoint(int id, string group)
{
    public int Id => id;

    /// <summary><c>source PATH</c>, <c>function</c>, <c>data</c> or <c>launch</c>.</summary>
    public string Group => group;

    public required Wanted Wanted { get; set; }

    /// <summary>Empty while it is pending or refused.</summary>
    public IReadOnlyList<Breakpoint> Bound { get; set; } = [];

    /// <summary>Why it is not bound; null = it is.</summary>
    public string? Refusal { get; set; }

    /// <summary>The error behind <see cref="Refusal"/>; null = there is none.</summary>
    public UserError? Error { get; set; }

    public bool IsPending { get; set; }

    public bool Verified => Bound.Any(b => b.Verified);

    /// <summary>What the client was last told.</summary>
    public string? Told { get; set; }

    /// <summary>What it binds to, and once it was reached, how it went.</summary>
    public string Message(Translations language) =>
        Refusal ?? string.Join("; ", Bound.Select(b => language.Text(b.Verified && b.Reached > 0 ? $"{b.Message}; {b.Explain()}" : b.Message)));

    /// <summary>Why it did or did not stop, in one line.</summary>
    public string Explain(Translations language) => Refusal ?? string.Join("; ", Bound.Select(b => language.Text(b.Describe())));
}
