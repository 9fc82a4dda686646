using MoeDevtools.Capture;
using MoeDevtools.Capture.Datasets;
using MoeDevtools.Messages;

namespace MoeDevtools.Debugging;

/// <summary>Opens what a launch configuration asks for. Any thread; opening a large model takes a while.</summary>
public static class SessionLauncher
{
    private const int DefaultNewTokens = 24;

    /// <summary>A session that has not started. The caller owns it.</summary>
    /// <param name="client">Follows the session from its start on.</param>
    /// <param name="cancelled">Looked at where that is possible: weights are opened as a whole, texts one by one.</param>
    /// <exception cref="UserError">A setting is wrong, or what it names cannot be opened.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static LaunchedSession Open(LaunchSettings settings, IDebugClient client, CancellationToken cancelled = default)
    {
        settings.Check();
        var (source, request) = settings.Trace is null ? OpenModel(settings, cancelled) : OpenTrace(settings);
        try
        {
            var session = new DebugSession(source, client, new DebugOptions { Interactive = true, Routers = settings.Routers });
            foreach (var text in settings.Interventions) session.Intervene(SessionCommands.Interventions.ParseSet(text));
            return new LaunchedSession(settings, source, session, request);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static (IRoutingSource Source, RunRequest Request) OpenModel(LaunchSettings settings, CancellationToken cancelled)
    {
        if (settings.Record == true || settings.ForceRouting is not null) throw NotRecorded(settings.ForceRouting is null ? "record" : "forceRouting");
        var model = ModelSession.Open(settings.Model!, tokenizer: settings.Tokenizer);
        try
        {
            var dataset = settings.Dataset is not null;
            SequenceInput Encode(string text)
            {
                cancelled.ThrowIfCancellationRequested();
                return model.FromText(text);
            }
            return (model, new RunRequest
            {
                Sequences = dataset ? DatasetReader.Read(settings.Dataset!, Encode)
                    : [Encode(settings.Prompt ?? DatasetReader.ReadText(settings.PromptFile!))],
                MaxNewTokens = settings.MaxNewTokens ?? (dataset ? 0 : DefaultNewTokens),
                Seed = settings.Seed,
                Sampling = settings.Sampling.Over(model.Checkpoint.Generation),
            });
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The one place where a recording becomes a source: what replays it is opened here.</summary>
    private static (IRoutingSource Source, RunRequest Request) OpenTrace(LaunchSettings settings) => throw NotRecorded("trace");

    private static UserError NotRecorded(string attribute) =>
        new("MOE4105", $"{attribute} needs recordings, which this build cannot read and write.", $"Leave {attribute} out, and give model with a prompt.");
}
