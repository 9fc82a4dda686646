using System.Globalization;
using System.Text.RegularExpressions;
using MoeDevtools.Messages;
using MoeDevtools.Traces.Formats.Numpy;

namespace MoeDevtools.Traces.Formats;

/// <summary>
/// Megatron-Core's expert loads, <c>mcore_ep_load_dump_v1</c>, an npz a rank: <c>loads</c> [layers, forwards, physical experts] of that rank's tokens or of that rank's
/// experts, <c>layer_numbers</c> from 1, <c>forward_counts</c> [layers]: what lies behind a layer's count was never written. A group's files are one recording.
/// </summary>
internal sealed partial class MegatronLoads : IImporter
{
    private const string Version = "mcore_ep_load_dump_v1";

    public string Name => "megatron-loads";

    public string Description => "Megatron-Core expert loads, mcore_ep_load_dump_v1 (npz, all ranks of a group); loads only";

    public bool TakesSeveral => true;

    public bool Recognises(ImportFile file) => file.Kind == ImportFileKind.Npz && file.Npz.Has("dump_version") && file.Npz.Has("loads");

    public ImportedTrace Open(IReadOnlyList<ImportFile> files, ImportOptions options)
    {
        var ranks = files.Select(Read).ToList();
        var assumed = new List<FormattableString>();
        var size = Single(ranks.Select(r => r.EpSize).Where(s => s is not null).Distinct().ToList(), "ep_size") ?? Assume(ranks.Count, "ep_size", $"the number of files", assumed);
        for (var i = 0; i < ranks.Count; i++)
            if (ranks[i].EpRank is null)
                ranks[i] = ranks[i] with { EpRank = Assume((ranks[i].GlobalRank ?? i) % Math.Max(1, size), "ep_rank", ranks[i].GlobalRank is null ? (FormattableString)$"the order of the files" : $"the rank in the file's name", assumed) };
        Complete(ranks, size);
        var width = Single([.. ranks.Select(r => (int?)r.Loads.Shape[2]).Distinct()], "loads' last axis")!.Value;
        var experts = options.Experts ?? Single(ranks.Select(r => r.Experts).Where(n => n is not null).Distinct().ToList(), "num_experts")
            ?? (size == 1 ? width : throw new UserError("MOE7290", $"{ranks[0].Path} does not say how many experts there are: its {width} are all of them, or those of one of {size} ranks.", $"Say it with --experts."));
        var local = experts != width;
        if (local && (long)width * size != experts)
            throw new UserError("MOE7291", $"{ranks[0].Path} counts {width} experts, and {size} ranks share {experts}.", $"Check --experts, and that all files are of one group.");

        var layers = ranks.SelectMany(r => r.Layers).Distinct().Order().ToArray();
        var trace = new ImportedTrace { Routers = [.. layers.Select(n => ImportedRouter.Layer(n - 1))], Experts = experts, Loads = () => Loads(ranks, layers, experts, width, local) };
        trace.Found.Add(string.Create(CultureInfo.InvariantCulture, $"{Version}: loads {ranks[0].Loads.Header.Describe()} as layers,forwards,experts, {ranks.Count} of {size} ranks"));
        trace.Assumed.AddRange(assumed.DistinctBy(FormattableString.Invariant));
        trace.Assumed.Add(local ? (FormattableString)$"Each rank counts its own experts: they are put side by side." : $"Each rank counts its own tokens over all experts: ranks are summed.");
        trace.Assumed.Add($"Physical experts are taken as logical ones: the dump has no map. Each forward is a step.");
        return trace;
    }

    private static IEnumerable<TraceLoads> Loads(List<Rank> ranks, int[] layers, int experts, int width, bool local)
    {
        var forwards = ranks.Max(r => r.Forwards.Max());
        var counts = new long[experts];
        var part = new long[width];
        for (var forward = 0; forward < forwards; forward++)
        {
            for (var i = 0; i < layers.Length; i++)
            {
                Array.Clear(counts);
                var any = false;
                foreach (var rank in ranks)
                {
                    var at = Array.IndexOf(rank.Layers, layers[i]);
                    if (at < 0 || forward >= rank.Forwards[at]) continue;
                    any = true;
                    rank.Loads.Read([at, forward, 0], [1, 1, width], part);
                    for (var e = 0; e < width; e++)
                        counts[(local ? rank.EpRank!.Value * width : 0) + e] += part[e] is >= 0 and <= int.MaxValue ? part[e]
                            : throw new UserError("MOE7292", $"{rank.Loads.Name} holds {part[e]}, which is no count.", $"Check that the file was written to its end.");
                }
                if (any) yield return LoadSums.Of(forward + 1, i, counts, ranks[0].Path);
            }
        }
    }

    /// <summary>A sum over a part of a group is wrong everywhere, so a group is whole or refused.</summary>
    private static void Complete(List<Rank> ranks, int size)
    {
        if (ranks.GroupBy(r => r.GlobalRank ?? r.EpRank!.Value).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new UserError("MOE7293", $"{string.Join(" and ", twice.Select(r => r.Path))} are both of rank {twice.Key}.", $"Import the dumps of one capture at a time.");
        foreach (var stage in ranks.GroupBy(r => string.Join(',', r.Layers)))
        {
            var missing = Enumerable.Range(0, Math.Min(size, 1 << 16)).Except(stage.Select(r => r.EpRank!.Value)).ToList();
            if (missing.Count > 0 || size < 1)
                throw new UserError("MOE7294", $"{stage.First().Path} is of a group of {size} ranks, and the files of {missing.Count} are missing, first {missing.FirstOrDefault()}.", $"Give the files of all ranks of the expert-parallel group together.");
            if (stage.FirstOrDefault(r => r.EpRank < 0 || r.EpRank >= size) is { } wrong)
                throw new UserError("MOE7295", $"{wrong.Path} says rank {wrong.EpRank} of {size}.", $"Check that all files are of one group.");
        }
    }

    private static Rank Read(ImportFile file)
    {
        var npz = file.Npz;
        if (npz.Find("dump_version")?.ReadText() is not { } version || version != Version)
            throw new UserError("MOE7296", $"{file.Path} is a dump of the version {npz.Find("dump_version")?.ReadText() ?? "?"}; {Version} is read.", $"Use a version of Megatron-Core that writes it, or report that version.");
        if (npz.Find("loads") is not { Shape.Count: 3 } loads || loads.Header.Count == 0 || loads.Shape[0] > 1 << 12 || loads.Shape[1] > int.MaxValue || loads.Shape[2] > 1 << 16
            || npz.Find("layer_numbers")?.ReadAll() is not { } layers || layers.Length != loads.Shape[0])
            throw new UserError("MOE7297", $"{file.Path} has no loads [layers, forwards, experts] with layer_numbers [layers].", $"Check that the file was written to its end.");
        if (layers.Any(n => n is < 1 or > 1 << 20) || layers.Distinct().Count() != layers.Length)
            throw new UserError("MOE7298", $"{file.Path}: layer_numbers are {string.Join(", ", layers.Take(8))}; they count from 1, each once.", $"Check that the file is what Megatron-Core wrote.");
        var forwards = npz.Find("forward_counts")?.ReadAll() ?? [.. layers.Select(_ => loads.Shape[1])];
        if (forwards.Length != layers.Length || forwards.Any(n => n < 0 || n > loads.Shape[1]))
            throw new UserError("MOE7299", $"{file.Path}: forward_counts do not fit loads {loads.Header.Describe()}.", $"Check that the file is what Megatron-Core wrote.");
        return new Rank(
            file.Path, loads, [.. layers.Select(n => (int)n)], [.. forwards.Select(n => (int)n)],
            Number(npz, "ep_rank", "expert_parallel_rank", "expert_model_parallel_rank"), Number(npz, "ep_size", "ep_world_size", "expert_parallel_size", "expert_model_parallel_size"),
            Number(npz, "num_global_physical_experts", "num_experts", "num_moe_experts", "num_physical_experts"),
            Number(npz, "global_rank", "rank") ?? (FileRank().Match(Path.GetFileName(file.Path)) is { Success: true } match && int.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var rank) ? rank : null));
    }

    private static int? Number(NpzFile npz, params string[] names) =>
        names.Select(npz.Find).FirstOrDefault(a => a is { Header.Count: 1 }) is { } array && array.ReadAll()[0] is >= 0 and <= int.MaxValue and var number ? (int)number : null;

    private static int? Single(List<int?> values, string name) => values.Count <= 1 ? values.FirstOrDefault()
        : throw new UserError("MOE7300", $"{name} differs from file to file: {string.Join(", ", values)}.", $"Import the files of one group together, and other groups apart.");

    private static int Assume(int value, string name, FormattableString source, List<FormattableString> assumed)
    {
        assumed.Add($"{name} is not in the file: {source} is taken.");
        return value;
    }

    [GeneratedRegex(@"rank[_-]?(\d+)")]
    private static partial Regex FileRank();

    private sealed record Rank(string Path, NpyArray Loads, int[] Layers, int[] Forwards, int? EpRank, int? EpSize, int? Experts, int? GlobalRank);
}
