using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace MoeDevtools.Probe;

/// <summary>What both <c>hello</c> and the description for <c>attach</c> say of this process.</summary>
/// <param name="Framework">What it trains with, "TorchSharp 0.105"; null = not said.</param>
internal sealed record ProcessDescription(string? Framework, int Rank, int WorldSize)
{
    public static string Probe { get; } = $"MoeDevtools.Probe {typeof(ProcessDescription).Assembly.GetName().Version!.ToString(3)}";

    /// <summary>With the ranks that a launcher has put into the environment.</summary>
    public static ProcessDescription Of(string? framework) => new(framework, Variable("RANK") ?? 0, Math.Max(1, Variable("WORLD_SIZE") ?? 1));

    public void Write(Utf8JsonWriter members)
    {
        members.WriteNumber("protocol", ProbeClient.Protocol);
        members.WriteString("probe", Probe);
        members.WriteString("runtime", RuntimeInformation.FrameworkDescription);
        if (Framework is not null) members.WriteString("framework", Framework);
        members.WriteNumber("pid", Environment.ProcessId);
        var words = Environment.GetCommandLineArgs();
        members.WriteString("program", words[0]);
        members.WriteStartArray("args");
        foreach (var word in words.Skip(1)) members.WriteStringValue(word);
        members.WriteEndArray();
        members.WriteString("cwd", Environment.CurrentDirectory);
        members.WriteNumber("rank", Rank);
        members.WriteNumber("worldSize", WorldSize);
    }

    /// <summary>A number of the environment; null where there is none.</summary>
    public static int? Variable(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}
