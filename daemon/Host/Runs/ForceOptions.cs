using System.CommandLine;
using MoeDevtools.Capture;
using MoeDevtools.Host.Verbs;
using MoeDevtools.Messages;
using MoeDevtools.Traces;

namespace MoeDevtools.Host.Runs;

/// <summary>The options with which a recording decides for the model.</summary>
internal sealed class ForceOptions
{
    private const string Live = "live";
    private const string Recorded = "trace";

    private readonly Option<string?> _trace = new("--force-routing") { HelpName = "TRACE", Help = $"impose the experts of this recording, token by token" };
    private readonly Option<string?> _weights = new("--force-weights") { HelpName = "WHICH", Help = $"{Live}: the model's own scores weigh them (default); {Recorded}: as recorded" };

    public void AddTo(Verb verb)
    {
        verb.Add(_trace);
        verb.Add(_weights);
    }

    /// <summary>Null where the model decides.</summary>
    /// <exception cref="UserError">The recording cannot be imposed on this.</exception>
    public RecordedRouting? Open(VerbContext context, IRoutingSource source)
    {
        var weights = context.Get(_weights) ?? Live;
        if (weights is not (Live or Recorded))
            throw new UserError("MOE9124", $"--force-weights knows no \"{weights}\".", $"Write {Live} or {Recorded}.");
        if (context.Get(_trace) is not { } trace)
            return !context.Has(_weights) ? null : throw new UserError("MOE9125", $"--force-weights says how --force-routing weighs, and there is no --force-routing.", $"Add --force-routing TRACE.");
        if (source.Recording is not null)
            throw new UserError("MOE9122", $"--force-routing needs a model; {source.Name} is a recording.", $"Give the folder of a checkpoint.");
        return new RecordedRouting(TraceReader.Open(trace), source.Routers, weights == Recorded);
    }
}
