using System.Globalization;
using System.Text.Json;
using MoeDevtools.Capture;

namespace MoeDevtools.Bench.Models;

/// <summary>Runs in a process of its own, and prints how much memory it takes to open a model and to run it.</summary>
internal sealed class MemoryProbe : IRunObserver
{
    /// <summary>Makes the program a probe; a model folder follows.</summary>
    public const string Argument = "--memory-of";

    public const int PromptTokens = 128;
    public const int NewTokens = 16;

    private long _last;

    public static void Run(string folder)
    {
        var (started, probe) = (Resident(), new MemoryProbe());
        using var model = ModelSession.Open(folder);
        var random = new Random(0);
        int[] prompt = [.. Enumerable.Range(0, PromptTokens).Select(_ => random.Next(model.Model.VocabularySize))];
        model.Run(RunClock.Request(prompt, NewTokens), null, probe, CancellationToken.None);
        var cache = (model.Model.StateColumns * (PromptTokens + NewTokens - 1) + model.Model.FixedState) * sizeof(float);
        Console.WriteLine(JsonSerializer.Serialize(new MemoryUse(started, probe._last, cache)));
    }

    public void OnSequence(int index, SequenceInput input)
    {
    }

    public void OnToken(GeneratedToken token) => _last = Resident();

    public void OnSequenceEnd(SequenceResult result)
    {
    }

    private static long Resident() => File.ReadLines("/proc/self/status")
        .Where(line => line.StartsWith("RssAnon:", StringComparison.Ordinal) || line.StartsWith("RssShmem:", StringComparison.Ordinal))
        .Sum(line => long.Parse(line.Split(':')[1].AsSpan().Trim("\t kB"), CultureInfo.InvariantCulture) << 10);
}
