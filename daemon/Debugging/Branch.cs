using MoeDevtools.Capture;
using MoeDevtools.Messages;
using MoeDevtools.Models.Sampling;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Debugging;

/// <summary>
/// A recorded decision from which another session goes on as if something had been different there: it equals the original until its first change. Owns readers of the recordings.
/// </summary>
public sealed class Branch : IDisposable
{
    private readonly RecordedRouting _past;

    private Branch(BranchPlace place, RunRequest request, Continuation from, RecordedRouting past, IReadOnlyList<ActiveIntervention> interventions) =>
        (Place, Request, _past, Interventions) = (place, request with { From = from }, past, interventions);

    public BranchPlace Place { get; }

    /// <summary>Runs the step of the place first, on state that is rebuilt with what was decided before.</summary>
    public RunRequest Request { get; }

    /// <summary>Those that held there.</summary>
    public IReadOnlyList<ActiveIntervention> Interventions { get; }

    /// <param name="request">What was run from the start.</param>
    /// <param name="routers">Those of the model that will run.</param>
    /// <exception cref="UserError">The recording cannot be read, is not of this request, or lacks the decision.</exception>
    public static Branch Open(BranchPlace place, RunRequest request, IReadOnlyList<RouterInfo> routers)
    {
        var of = place.Of is null ? null : Open(place.Of, request, routers);
        TraceReader? reader = null;
        try
        {
            reader = TraceReader.Open(place.Trace);
            var (step, sequence) = (place.At.Step, SequenceAt(reader, place.At));
            if (sequence >= request.Sequences.Count || !request.Sequences[sequence].Ids.SequenceEqual(reader.Sequences().Single(s => s.Index == sequence).Ids))
                throw new UserError("MOE4030", $"{place.Trace} is a recording of other tokens than those that are to be run.", $"Give the prompt or dataset and the tokenizer that were recorded.");
            var generated = reader.Tokens().Where(t => t.Sequence == sequence && t.Step <= step).ToList();
            var earlier = of?.Request.From is { } from && from.Sequence == sequence ? from : null;
            var past = new RecordedRouting(reader, routers, recordedWeights: true, of?._past);
            return new Branch(
                place, request,
                new Continuation
                {
                    Sequence = sequence,
                    Step = step,
                    Generated = [.. earlier?.Generated ?? [], .. generated.Where(t => t.Step < step).Select(t => t.Id)],
                    Sampler = generated.Find(t => t.Step == step)?.Sampler ?? After(generated.LastOrDefault()?.Sampler) ?? earlier?.Sampler,
                    Past = past,
                },
                past, InterventionsAt(reader, place.At));
        }
        catch
        {
            reader?.Dispose();
            of?.Dispose();
            throw;
        }
    }

    public void Dispose() => _past.Dispose();

    /// <summary>The sequence that a step runs: a step is of one.</summary>
    private static int SequenceAt(TraceReader reader, Cursor at)
    {
        var room = new RecordedBatch();
        if (at.Router >= 0 && at.Router < reader.Routers.Count && room.Read(reader, at.Batch, RoutingColumns.None))
        {
            if (at.Row >= 0 && at.Row < room.Batch.Tokens) return room.Batch.Pass.Rows.Sequence[at.Row];
        }
        else if (reader.Stops().Any(s => s.Batch == at.Batch))      // the run stands there: the batch is recorded when it goes on
        {
            return reader.Next(new BatchKey(at.Step, int.MinValue, 0, 0)) is { } key && key.Step == at.Step && room.Read(reader, key, RoutingColumns.None)
                ? room.Batch.Pass.Rows.Sequence[0] : reader.Sequences()[^1].Index;
        }
        throw new UserError("MOE4031", $"{reader.Path} does not have step {at.Step}, pass {at.Pass}, router {at.Router}, row {at.Row}.", $"Name a decision that is recorded; trace info says what is.");
    }

    private static List<ActiveIntervention> InterventionsAt(TraceReader reader, Cursor at)
    {
        var held = new List<ActiveIntervention>();
        foreach (var made in reader.Interventions())
        {
            Cursor? from = made.From is { } f ? Cursor.In(f.Batch, f.Row) : null;
            var over = made.Removed is { } r && !at.IsBefore(Cursor.In(r.Batch, r.Row));
            if (over || from is { } start && (at.IsBefore(start) || made.Once && start.Step < at.Step)) continue;
            held.Add(new ActiveIntervention(made.Id, SessionCommands.Interventions.ParseSet(made.Text), from, made.Once));
        }
        return held;
    }

    /// <summary>The state of a sampler after one more draw.</summary>
    private static string? After(string? state)
    {
        if (state is null) return null;
        var random = new SeededRandom(0);
        random.Resume(state);
        random.NextDouble();
        return random.ToString();
    }
}
