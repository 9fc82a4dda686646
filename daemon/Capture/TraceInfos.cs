using System.Reflection;
using System.Security.Cryptography;
using MoeDevtools.Traces;

namespace MoeDevtools.Capture;

/// <summary>What a recording says of the run that it records.</summary>
public static class TraceInfos
{
    /// <summary>Of this program.</summary>
    internal static string Version { get; } = typeof(TraceInfos).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <param name="source">Not a recording.</param>
    /// <param name="request">What runs; of a training nothing is known.</param>
    public static TraceInfo Of(IRoutingSource source, RunRequest request, TimeProvider clock)
    {
        var listing = ModelListing.Of(source);
        var info = new TraceInfo
        {
            Writer = $"moe-devtools {Version}",
            Kind = source is not ModelSession ? TraceKind.Training : request.From is null ? TraceKind.Checkpoint : TraceKind.Branch,
            Created = clock.GetUtcNow(),
            Source = source.Name,
            Architecture = listing.Hash,
            Listing = listing.Text,
        };
        return source is not ModelSession model ? info : info with
        {
            Source = model.Checkpoint.Folder,
            ModelType = model.Checkpoint.Config.ModelType,
            Tokenizer = model.TokenizerFile is { } file ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))[..16] : null,
            Request = RunRequestJson.Write(request),
        };
    }
}
