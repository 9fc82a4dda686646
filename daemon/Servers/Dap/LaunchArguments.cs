using System.Globalization;
using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Breakpoints;
using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Servers.Dap.Breakpoints;

namespace MoeDevtools.Servers.Dap;

/// <summary>The attributes of a launch configuration, read and checked. Immutable.</summary>
internal sealed record LaunchArguments(LaunchSettings Settings, IReadOnlyList<Wanted> Breakpoints, IReadOnlyList<AnomalyFilter> Filters, bool NoDebug, string? SessionId)
{
    public static readonly string[] Ours =
    [
        "model", "prompt", "promptFile", "dataset", "maxNewTokens", "seed", "sampling", "trace", "record", "stopOnEntry", "routers", "cwd", "tokenizer", "breakpoints", "logs",
        "interventions", "filters", "forceRouting", "token", "holdAtEnd", "branch", "sourceBreakpoints", "program", "module", "command", "args", "python", "env", "padTokenId",
        "processId", "address", "debugpy",
    ];

    /// <summary>What clients keep in a configuration for themselves.</summary>
    private static readonly string[] OfClients =
    [
        "type", "request", "name", "noDebug", "debugServer", "host", "hostName", "port", "preLaunchTask", "postDebugTask", "presentation", "internalConsoleOptions",
        "serverReadyAction", "suppressMultipleSessionWarning", "restart",
    ];

    /// <summary>Whose breakpoints of source files are ours: all, those with a mode, or none.</summary>
    private static readonly string[] OfSources = ["auto", "modeOnly", "off"];

    private static readonly string[] OfSampling = ["temperature", "topK", "topP", "minP", "repetitionPenalty"];

    /// <param name="sent">Of a launch or of an attach.</param>
    /// <exception cref="UserError">An attribute is unknown, has the wrong type, contradicts another, or belongs to training.</exception>
    public static LaunchArguments Read(Arguments sent)
    {
        foreach (var name in sent.Names)
        {
            if (!Ours.Contains(name) && !OfClients.Contains(name) && !name.StartsWith('_'))
                throw new UserError("MOE7031", $"launch: there is no attribute \"{name}\".", $"Nearest: {string.Join(", ", Ours.OrderBy(known => RouterNames.Distance(name, known)).Take(3))}.");
        }
        var folder = sent.String("cwd") ?? "";
        string? PathOf(string name) => sent.String(name) is { } path ? Path.Combine(folder, path) : null;
        var noDebug = sent.Flag("noDebug") == true;
        if (sent.String("sourceBreakpoints") is { } sources && !OfSources.Contains(sources))
            throw new UserError("MOE7054", $"launch: sourceBreakpoints is \"{sources}\".", $"It is {string.Join(", ", OfSources)}.");
        var settings = new LaunchSettings
        {
            Model = PathOf("model"),
            Trace = PathOf("trace"),
            Prompt = sent.String("prompt"),
            PromptFile = PathOf("promptFile"),
            Dataset = PathOf("dataset"),
            MaxNewTokens = sent.Int("maxNewTokens"),
            Seed = sent.Long("seed") ?? 0,
            Sampling = Sampling(sent.Object("sampling")),
            Tokenizer = PathOf("tokenizer"),
            Record = !sent.Has("record") ? null : !sent.IsFlag("record") || sent.Flag("record") == true,
            RecordTo = sent.Has("record") && !sent.IsFlag("record") ? PathOf("record") : null,
            ForceRouting = PathOf("forceRouting"),
            Routers = sent.Strings("routers"),
            HoldAtEnd = sent.Flag("holdAtEnd") == true && !noDebug,
            Branch = sent.Object("branch") is { } branch ? BranchConfiguration.Read(branch, folder) : null,
            StopOnEntry = sent.Flag("stopOnEntry") == true && !noDebug,
            Interventions = sent.Strings("interventions"),
            Training = Training(sent),
        };
        return new LaunchArguments(settings.Check(), noDebug ? [] : WantedOf(sent), noDebug ? [] : FiltersOf(sent), noDebug, sent.String("__sessionId"));
    }

    /// <summary>True if two configurations ask for the same session.</summary>
    public static bool AreSame(Arguments a, Arguments b) => Ours.All(name => a.SameAt(name, b)) && a.SameAt("noDebug", b);

    /// <summary>Null where none is named; attributes that only one has are then refused.</summary>
    private static ProgramSettings? Training(Arguments sent)
    {
        var training = new ProgramSettings
        {
            Program = sent.String("program"),
            Module = sent.String("module"),
            Command = sent.Strings("command"),
            Args = sent.Strings("args"),
            Python = sent.String("python"),
            Env = sent.Object("env")?.Texts() ?? new Dictionary<string, string?>(),
            Folder = sent.String("cwd"),
            PadTokenId = sent.Int("padTokenId"),
            Process = sent.String("address") ?? (sent.IsText("processId") ? sent.String("processId") : sent.Int("processId")?.ToString(CultureInfo.InvariantCulture)),
            StartedByClient = sent.Has("debugpy") && !(sent.IsFlag("debugpy") && sent.Flag("debugpy") == false),
        };
        if (training.Process is not null)
        {
            foreach (var name in (string[])["args", "python", "env", "padTokenId", "debugpy"])
                if (sent.Has(name)) throw new UserError("MOE7062", $"{sent.Owner}: {name} belongs to a program that is started.", $"Leave it out: the process runs already.");
            return training;
        }
        if (training.Program is not null || training.Module is not null || training.Command.Count > 0) return training;
        foreach (var name in (string[])["args", "python", "env", "padTokenId", "debugpy"])
            if (sent.Has(name)) throw new UserError("MOE7030", $"launch: {name} belongs to a training program, and none is named.", $"Give program, module or command beside it, or leave it out.");
        return null;
    }

    private static SamplingChoice Sampling(Arguments? sent)
    {
        if (sent is not { } sampling) return new SamplingChoice();
        sampling.Allow(OfSampling);
        return new SamplingChoice
        {
            Temperature = sampling.Number("temperature"), TopK = sampling.Int("topK"), TopP = sampling.Number("topP"), MinP = sampling.Number("minP"),
            RepetitionPenalty = sampling.Number("repetitionPenalty"),
        };
    }

    private static List<Wanted> WantedOf(Arguments sent)
    {
        var wanted = new List<Wanted>();
        foreach (var (attribute, parse) in new (string, Func<string, BreakpointSpec>)[] { ("breakpoints", BreakpointSpec.Parse), ("logs", BreakpointSpec.ParseLog) })
        {
            foreach (var text in sent.Strings(attribute))
            {
                Try(attribute, text, () => parse(text));
                wanted.Add(WantedBreakpoints.OfText(text, parse));
            }
        }
        return wanted;
    }

    private static List<AnomalyFilter> FiltersOf(Arguments sent) => [.. sent.Strings("filters").Select(text => Try("filters", text, () => AnomalyFilter.Parse(text)))];

    private static T Try<T>(string attribute, string text, Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (UserError error)
        {
            throw Refused(attribute, text, error);
        }
    }

    /// <summary>An error of one element of a list, with the name of the attribute.</summary>
    public static UserError Refused(string attribute, string text, UserError error) =>
        new("MOE7033", $"launch: {attribute}, \"{text}\": {error.Facts}", $"{error.WhatToDo}", error);
}
