using System.Globalization;
using MoeDevtools.Capture;
using MoeDevtools.Capture.Datasets;
using MoeDevtools.Capture.Training;
using MoeDevtools.Messages;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging;

/// <summary>Opens what a launch configuration asks for. Any thread; opening a large model takes a while.</summary>
public static class SessionLauncher
{
    private const int DefaultNewTokens = 24;

    /// <summary>A session that has not started. The caller owns it.</summary>
    /// <param name="settings">What is asked for.</param>
    /// <param name="recordings">Folder of temporary recordings.</param>
    /// <param name="client">Follows the session from its start on.</param>
    /// <param name="cancelled">Looked at where that is possible: weights are opened as a whole, texts one by one.</param>
    /// <exception cref="UserError">A setting is wrong, or what it names cannot be opened.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static LaunchedSession Open(LaunchSettings settings, IDebugClient client, string recordings, CancellationToken cancelled = default)
    {
        settings.Check();
        var (source, request) = settings.Training is not null ? (OpenTraining(settings, client, cancelled), new RunRequest { Sequences = [] })
            : settings.Trace is not null ? (ReplaySession.Open(settings.Trace), new RunRequest { Sequences = [] })
            : OpenModel(settings, cancelled);
        var (forced, branch) = (default(RecordedRouting), default(Branch));
        try
        {
            forced = settings.ForceRouting is null ? null : new RecordedRouting(TraceReader.Open(settings.ForceRouting), source.Routers, settings.ForceRecordedWeights);
            if (settings.Branch is not null) branch = Branch.Open(settings.Branch, request, source.Routers);
            var options = new TraceOptions { Routers = settings.Routers };
            var recording = source.Recording is not null || settings.Record == false ? null
                : settings.RecordTo is { } file ? Recording.Into(file, options) : Recording.Temporary(recordings);
            var session = new DebugSession(source, client, new DebugOptions
            {
                Interactive = true,
                Routers = settings.Routers,
                HoldAtEnd = source.Recording is not null || settings.HoldAtEnd,
                Record = recording is null ? null : () => recording.Start(source, branch?.Request ?? request),
                Forced = forced,
            });
            foreach (var text in settings.Interventions) session.Intervene(SessionCommands.Interventions.ParseSet(text));
            return new LaunchedSession(settings, source, session, request, recording, forced, branch);
        }
        catch
        {
            branch?.Dispose();
            forced?.Dispose();
            source.Dispose();
            throw;
        }
    }

    private static ProbeSession OpenTraining(LaunchSettings settings, IDebugClient client, CancellationToken cancelled)
    {
        var training = settings.Training!;
        TrainingProcess? Start(IEnumerable<(string Name, string Value)> probe)
        {
            if (training.PadTokenId is { } pad) probe = probe.Append(("MOE_DEVTOOLS_PAD_ID", pad.ToString(CultureInfo.InvariantCulture)));
            if (!training.StartedByClient)
                return TrainingProcess.Start(training.Words, training.Folder, [.. training.Env.Select(variable => (variable.Key, variable.Value)), .. probe.Select(variable => (variable.Name, (string?)variable.Value))], client.OnProgramOutput);
            client.OnProgramWanted([.. probe, PythonProbe.Environment(training.Env.GetValueOrDefault("PYTHONPATH") ?? Environment.GetEnvironmentVariable("PYTHONPATH"))]);
            return null;
        }
        var processes = training.Process is null ? [] : WaitingProcesses.Find(training.Process);
        return ProbeSession.Open(
            new ProbeOptions
            {
                Name = processes is [var first, ..] ? first.Command : string.Join(' ', training.Words),
                Start = processes.Count > 0 ? null : Start,
                Processes = processes,
                Tokenizer = settings.Tokenizer,
                Log = line => client.OnProgramOutput($"moe-devtools: {line}\n", isError: true),
            },
            cancelled);
    }

    private static (IRoutingSource Source, RunRequest Request) OpenModel(LaunchSettings settings, CancellationToken cancelled)
    {
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
}
