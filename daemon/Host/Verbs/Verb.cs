using System.CommandLine;

namespace MoeDevtools.Host.Verbs;

/// <summary>
/// One verb of the command line: its arguments and options (added with a collection initializer), the handler, examples for the help.
/// </summary>
/// <remarks>System.CommandLine only parses; <see cref="CommandLine"/> prints help and errors, calls the handler and owns the exit code.</remarks>
internal sealed class Verb : Command
{
    /// <param name="summary">A phrase without capital and full stop: it stands in the list of verbs.</param>
    /// <param name="run">Returns an <see cref="ExitCode"/>. Throws <see cref="Messages.UserError"/> for what a person can act on.</param>
    /// <param name="json">The verb prints data, so it has <c>--json</c> and then <see cref="VerbContext.Json"/>.</param>
    public Verb(string name, FormattableString summary, Func<VerbContext, Task<int>> run, bool json = false, IReadOnlyList<Example>? examples = null)
        : base(name)
    {
        this.Help = summary;
        Run = run;
        Examples = examples ?? [];
        if (json)
        {
            Add(JsonOption = new Option<bool>("--json") { Help = $"print JSON, one object a line, each with a \"kind\"" });
        }
    }

    /// <inheritdoc cref="Verb(string, FormattableString, Func{VerbContext, Task{int}}, bool, IReadOnlyList{Example})"/>
    public Verb(string name, FormattableString summary, Func<VerbContext, int> run, bool json = false, IReadOnlyList<Example>? examples = null)
        : this(name, summary, context => Task.FromResult(run(context)), json, examples)
    {
    }

    /// <summary>A group: the words after it are verbs of their own, and it alone does nothing.</summary>
    /// <inheritdoc cref="Verb(string, FormattableString, Func{VerbContext, Task{int}}, bool, IReadOnlyList{Example})"/>
    public Verb(string name, FormattableString summary, IReadOnlyList<Verb> verbs, IReadOnlyList<Example>? examples = null)
        : this(name, summary, DoNothing, json: false, examples)
    {
        Verbs = verbs;
        foreach (var verb in verbs)
        {
            verb.FullName = $"{name} {verb.Name}";
            Add(verb);
        }
    }

    /// <summary>As it is written: <c>trace info</c>.</summary>
    public string FullName { get => field ?? Name; private set; }

    // The frame refuses a group without one of its verbs before it would call this.
    private static int DoNothing(VerbContext context) => ExitCode.BadInput;

    /// <summary>Of a group; else empty.</summary>
    public IReadOnlyList<Verb> Verbs { get; } = [];

    public Func<VerbContext, Task<int>> Run { get; }

    public IReadOnlyList<Example> Examples { get; }

    public Option<bool>? JsonOption { get; }
}
