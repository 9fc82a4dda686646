using MoeDevtools.Host.Verbs;

// Answered before anything else is loaded: editors and scripts ask for it often.
if (args is ["--version"])
{
    Console.Out.WriteLine(ProductVersion.Line);
    return ExitCode.Ok;
}

return CommandLine.Start(args);
