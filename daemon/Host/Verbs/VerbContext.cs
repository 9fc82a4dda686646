using System.CommandLine;
using MoeDevtools.Host.Terminal;

namespace MoeDevtools.Host.Verbs;

/// <summary>What a verb's handler gets: its arguments, where to write, and when to stop.</summary>
internal sealed class VerbContext(ParseResult parsed, Screen screen, JsonLines? json, Interrupts interrupts)
{
    public Screen Screen { get; } = screen;

    /// <summary>Null without <c>--json</c>. With it, stdout carries nothing else.</summary>
    public JsonLines? Json { get; } = json;

    public Interrupts Interrupts { get; } = interrupts;

    /// <summary>Cancelled by the first Ctrl-C or SIGTERM; the frame turns the exception into the exit code.</summary>
    public CancellationToken Cancel => Interrupts.Token;

    /// <summary>The same with other places to write to.</summary>
    public VerbContext Onto(Screen screen, JsonLines? json) => new(parsed, screen, json, Interrupts);

    /// <summary>Null (or default) where the option is absent and declares no default.</summary>
    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    public T Get<T>(Argument<T> argument) => parsed.GetValue(argument)!;

    /// <summary>True where the person wrote the option, false where its default stands in.</summary>
    public bool Has(Option option) => parsed.GetResult(option) is { Implicit: false };
}
