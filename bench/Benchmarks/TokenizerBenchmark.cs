using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Models;
using MoeDevtools.Checkpoints.Tokenizers;

namespace MoeDevtools.Bench.Benchmarks;

/// <summary>
/// One long text through the sample's tokenizer, on one thread; beside npm tokenizers on the same text where it is installed.
/// </summary>
internal static class TokenizerBenchmark
{
    private const int TextBytes = 1 << 20;
    private const int RoundCount = 9;

    public static void Run(BenchContext context)
    {
        var file = Repository.Path("samples", "olmoe-tiny", "tokenizer.json");
        var tokenizer = Tokenizer.Load(file);
        var text = Text(Repository.Path("samples", "data"));
        var megabytes = System.Text.Encoding.UTF8.GetByteCount(text) / 1e6;
        var ids = tokenizer.Encode(text).Ids;
        using var peer = TokenizerPeer.Start(file, text);
        if (peer is not null && peer.Tokens != ids.Length)
            throw new InvalidOperationException($"{ids.Length} tokens, npm tokenizers has {peer.Tokens}");

        Write("encode", () => tokenizer.Encode(text));
        Write("decode", () => tokenizer.Decode(ids));

        void Write(string what, Action ours)
        {
            var measures = new List<Func<double>> { () => megabytes / Seconds(ours) };
            if (peer is not null) measures.Add(() => megabytes / peer.Seconds(what));
            var series = Rounds.Interleave(RoundCount, context.Cancelled, [.. measures]);
            context.Report.Write(new Figure
            {
                Name = $"{what} {megabytes:0.0} MB, {ids.Length} tokens",
                Value = series[0],
                Unit = "MB/s",
                Better = Better.Higher,
                Against = peer is null ? "npm tokenizers, which is not here" : "npm tokenizers",
                AgainstValue = peer is null ? null : series[1],
                Aim = "ratio >= 1",
            });
        }
    }

    /// <summary>The samples' documents one after the other, again and again.</summary>
    private static string Text(string folder)
    {
        var documents = new[] { "calibration.jsonl", "eval.jsonl" }
            .SelectMany(name => File.ReadLines(Path.Combine(folder, name)))
            .Select(line => (string)JsonNode.Parse(line)!["text"]!)
            .ToList();
        var text = new StringBuilder();
        for (var i = 0; text.Length < TextBytes; i++) text.Append(documents[i % documents.Count]).Append('\n');
        return text.ToString();
    }

    private static double Seconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
