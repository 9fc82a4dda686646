using System.Reflection;
using System.Security.Cryptography;
using MoeDevtools.Traces;

namespace MoeDevtools.Capture;

/// <summary>What a recording says of the run that it records.</summary>
public static class TraceInfos
{
    public static TraceInfo Of(ModelSession model, RunRequest request, TimeProvider clock)
    {
        var listing = ModelListing.Of(model);
        return new TraceInfo
        {
            Writer = $"moe-devtools {typeof(TraceInfos).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]}",
            Kind = request.From is null ? TraceKind.Checkpoint : TraceKind.Branch,
            Created = clock.GetUtcNow(),
            Source = model.Checkpoint.Folder,
            ModelType = model.Checkpoint.Config.ModelType,
            Architecture = listing.Hash,
            Listing = listing.Text,
            Tokenizer = model.TokenizerFile is { } file ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))[..16] : null,
            Request = RunRequestJson.Write(request),
        };
    }
}
