using System.Text.Json;
using System.Text.Json.Nodes;
using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Models;

namespace MoeDevtools.Bench.Processes;

/// <summary>Another engine that holds the weights of the checkpoint, in a process of its own and with as many threads as there are processors.</summary>
internal sealed class Engine : IDisposable
{
    private const int MostPositions = 1024;
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);
    private static readonly string Threads = $"{Environment.ProcessorCount}";

    private readonly PeerProcess? _process;

    private Engine(PeerProcess? process, string name) => (_process, Name) = (process, process?.Greeting ?? $"{name}, which is not here");

    /// <summary>In words, with its version.</summary>
    public string Name { get; }

    public bool IsHere => _process is not null;

    /// <summary>llama.cpp through npm's node-llama-cpp. It gets a file of its own beside the checkpoint, as large once more.</summary>
    public static Engine StartLlamaCpp(BenchContext context)
    {
        var (checkpoint, folder) = (context.Checkpoint, Repository.Path("bench", "peers"));
        PeerProcess? process = null;
        if (Packages.Npm(folder, "install"))
        {
            var file = Path.Combine(checkpoint.Folder, "model.gguf");
            GgufFile.Write(checkpoint, context.Shape, file, context.Cancelled);
            process = PeerProcess.Start("node", Path.Combine(folder, "llama_cpp.mjs"), file, Threads, $"{MostPositions}");
        }
        return new Engine(process, "llama.cpp").Check(context, deepest: 0, "Node.js 20 or later on Linux x64, then: npm install --prefix bench/peers");
    }

    /// <summary>torch in eager mode. It holds a copy of the weights.</summary>
    public static Engine StartTorch(BenchContext context)
    {
        var script = Repository.Path("bench", "peers", "torch_eager.py");
        var process = Packages.PythonWithTorch() is { } python ? PeerProcess.Start(python, script, context.Checkpoint.Folder, Threads) : null;
        return new Engine(process, "torch").Check(context, deepest: 2, Packages.TorchAdvice);
    }

    /// <summary>Greedy.</summary>
    /// <param name="newTokens">At least 1.</param>
    public EngineTimes Run(int[] prompt, int newTokens)
    {
        var request = new JsonObject { ["prompt"] = new JsonArray([.. prompt.Select(id => JsonValue.Create(id))]), ["tokens"] = newTokens };
        return JsonSerializer.Deserialize<EngineTimes>(_process!.Ask(request.ToJsonString()), Web)!;
    }

    /// <summary>One value of a run; not a number where the engine is not here.</summary>
    public double Measure(int[] prompt, int newTokens, Func<EngineTimes, double> value) => IsHere ? value(Run(prompt, newTokens)) : double.NaN;

    public void Dispose() => _process?.Dispose();

    /// <summary>Says how to get what is missing, or proves that this is the same model.</summary>
    private Engine Check(BenchContext context, int deepest, string advice)
    {
        if (IsHere) context.FirstTokens.Check(this, deepest);
        else Report.Note($"{Name}: {advice}");
        return this;
    }
}
