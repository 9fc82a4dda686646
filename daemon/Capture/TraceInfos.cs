using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using MoeDevtools.Traces;

namespace MoeDevtools.Capture;

/// <summary>What a recording says of the run that it records.</summary>
public static class TraceInfos
{
    public static TraceInfo Of(ModelSession model, RunRequest request, TimeProvider clock) => new()
    {
        Writer = $"moe-devtools {typeof(TraceInfos).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]}",
        Kind = request.From is null ? TraceKind.Checkpoint : TraceKind.Branch,
        Created = clock.GetUtcNow(),
        Source = model.Checkpoint.Folder,
        ModelType = model.Checkpoint.Config.ModelType,
        Architecture = Architecture(model),
        Tokenizer = model.TokenizerFile is { } file ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))[..16] : null,
        Request = RunRequestJson.Write(request),
    };

    /// <summary>Family, layers and routers with their sizes, no weights.</summary>
    private static string Architecture(ModelSession model)
    {
        var text = new StringBuilder(model.Checkpoint.Config.ModelType);
        foreach (var (stack, index, words) in model.Model.DescribeLayers()) text.Append('\n').Append(stack).Append(' ').Append(index).Append(' ').Append(words);
        foreach (var router in model.Routers) text.Append('\n').Append(router.Id).Append(' ').Append(router.Name).Append(' ').Append(router.Experts).Append(' ').Append(router.Rule.K);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16];
    }
}
