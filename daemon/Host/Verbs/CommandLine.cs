using System.CommandLine;
using System.CommandLine.Parsing;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;

namespace MoeDevtools.Host.Verbs;

/// <summary>The frame of every verb: parses, prints help, runs the handler, turns what it throws into a message and an exit code.</summary>
internal static class CommandLine
{
    // A prompt that begins with "@" is a prompt, not a file with arguments.
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null };

    public static int Start(string[] args)
    {
        using var interrupts = new Interrupts();
        interrupts.Listen();
        return Run(args, Catalogue.Verbs(), Screen.Open(), StandardStream.Output(), interrupts);
    }

    /// <param name="jsonOutput">stdout, for verbs with <c>--json</c>.</param>
    internal static int Run(string[] args, IReadOnlyList<Verb> verbs, Screen screen, Stream jsonOutput, Interrupts interrupts)
    {
        // Also where the command line is not understood: who asked for JSON gets the error as JSON.
        var json = args.TakeWhile(arg => arg != "--").Contains("--json") ? new JsonLines(jsonOutput) : null;
        try
        {
            int exitCode = Dispatch(args is ["help", .. var rest] ? [.. rest, "--help"] : args, verbs, screen, json, interrupts);
            return interrupts.ExitCode ?? exitCode;
        }
        catch (Exception thrown)
        {
            try
            {
                return Report(thrown, screen, json, interrupts);
            }
            catch (IOException failed)
            {
                // stdout could not take the error as JSON; stderr has it as text.
                return failed is OutputClosedException ? ExitCode.OutputClosed : ExitCode.BadInput;
            }
        }
    }

    private static int Dispatch(string[] args, IReadOnlyList<Verb> verbs, Screen screen, JsonLines? json, Interrupts interrupts)
    {
        switch (args)
        {
            case []:
                Print(HelpText.Program(verbs, screen.Width, screen.Glyphs, screen.Translations), line => screen.WriteErrorLine(line));
                return ExitCode.BadInput;
            case ["--help" or "-h" or "-?"]:
                Print(HelpText.Program(verbs, screen.Width, screen.Glyphs, screen.Translations), line => screen.WriteLine(line));
                return ExitCode.Ok;
        }

        var root = new RootCommand();
        root.Options.Clear();    // its own --help and --version
        root.Directives.Clear(); // "[suggest]" in the place of a verb
        foreach (var each in verbs)
        {
            root.Add(each);
        }

        var help = new Option<bool>("--help", "-h", "-?") { Recursive = true, Hidden = true };
        root.Add(help);
        var parsed = root.Parse(args, Parser);
        if (parsed.GetResult(help) is { Implicit: false } && parsed.CommandResult.Command is Verb asked)
        {
            Print(HelpText.Of(asked, screen.Width, screen.Glyphs, screen.Translations), line => screen.WriteLine(line));
            return ExitCode.Ok;
        }

        if (UsageErrors.Of(parsed, verbs) is { } mistake)
        {
            throw mistake;
        }

        var verb = (Verb)parsed.CommandResult.Command;
        var context = new VerbContext(parsed, screen, verb.JsonOption is null ? null : json, interrupts);
        return verb.Run(context).GetAwaiter().GetResult();
    }

    private static void Print(IReadOnlyList<Styled> lines, Action<Styled> write)
    {
        foreach (var line in lines)
        {
            write(line);
        }
    }

    private static int Report(Exception thrown, Screen screen, JsonLines? json, Interrupts interrupts)
    {
        switch (Cause(thrown))
        {
            case OutputClosedException:
                return ExitCode.OutputClosed;
            case OperationCanceledException when interrupts.ExitCode is { } exitCode:
                return exitCode;
            case UserError error:
                ErrorReport.Write(error, screen, json);
                return ExitCode.BadInput;
            case IOException full when DiskErrors.IsDiskFull(full):
                ErrorReport.Write(DiskErrors.OutputFull(full), screen, json: null);
                return ExitCode.BadInput;
            case var defect:
                ErrorReport.WriteInternal(defect, screen, json);
                return ExitCode.Internal;
        }
    }

    /// <summary>The exception that says most: what libraries and tasks wrap around ours says nothing to a person.</summary>
    private static Exception Cause(Exception thrown)
    {
        for (Exception? each = thrown; each is not null; each = each.InnerException)
        {
            if (each is OutputClosedException or OperationCanceledException or UserError)
            {
                return each;
            }
        }

        return thrown is AggregateException { InnerExceptions: [var only] } ? only : thrown;
    }
}
