using MoeDevtools.Bench.Benchmarks;

namespace MoeDevtools.Bench;

internal static class Catalogue
{
    /// <summary>In the order of <c>all</c>: load comes first, so that its slowest round is the program's first, with compilation.</summary>
    public static IReadOnlyList<Benchmark> All { get; } =
    [
        new("load", "open a checkpoint and make its first token, beside reading the file", LoadBenchmark.Run),
        new("decode", "time a token, beside what the memory's read rate allows, llama.cpp and torch", DecodeBenchmark.Run),
        new("prefill", "128 and 512 tokens, beside what the processor's multiply-add rate allows, llama.cpp and torch", PrefillBenchmark.Run),
        new("kernels", "products in each stored format, beside the read rate and the multiply-add rate", KernelsBenchmark.Run),
        new("capture", "decode and prefill with every router captured, beside the same without", CaptureBenchmark.Run),
        new("memory", "held beyond the mapped weights, beside keys and values; states of a long context", MemoryBenchmark.Run),
        new("conditions", "a breakpoint condition on each decision, beside a loop written by hand", ConditionsBenchmark.Run),
        new("traces", "decisions stored a second and read back equal, beside the disk's own rate; opening a large trace", TracesBenchmark.Run),
        new("views", "the load heat map of a growing run, and a timeline over 10^6 steps", ViewsBenchmark.Run),
        new("tokenizer", "encode and decode a long text, beside npm tokenizers", TokenizerBenchmark.Run),
        new("probe", "what a .NET training pays a row for its probe, beside a step of the sample", ProbeBenchmark.Run),
        new("startup", "start to the version line, beside an empty program", StartupBenchmark.Run),
        new("demo", "the demo in a fresh clone from build to stop, beside the build", DemoBenchmark.Run),
    ];
}
