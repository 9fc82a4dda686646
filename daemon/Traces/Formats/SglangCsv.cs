using System.Globalization;
using MoeDevtools.Messages;

namespace MoeDevtools.Traces.Formats;

/// <summary>SGLang's expert distribution before it wrote dumps: CSV of <c>layer_id,expert_id,count</c>, a file a rank; files are summed.</summary>
internal sealed class SglangCsv : IImporter
{
    private const int MostLayers = 1 << 12;
    private const int MostExperts = 1 << 16;

    public string Name => "sglang-csv";

    public string Description => "SGLang expert distribution as CSV: layer_id,expert_id,count, a file a rank; loads only";

    public bool TakesSeveral => true;

    public bool Recognises(ImportFile file) => file.Kind == ImportFileKind.Csv && Header(file.FirstLine) is not null;

    public ImportedTrace Open(IReadOnlyList<ImportFile> files, ImportOptions options)
    {
        var counts = new Dictionary<(int Layer, int Expert), long>();
        foreach (var file in files) Add(file, counts);
        if (counts.Count == 0)
            throw new UserError("MOE7284", $"{files[0].Path} holds no counts.", $"It needs lines of layer_id,expert_id,count.");
        var layers = counts.Keys.Select(k => k.Layer).Distinct().Order().ToArray();
        var least = counts.Keys.Max(k => k.Expert) + 1;
        if (options.Experts is { } said && said < least)
            throw new UserError("MOE7285", $"--experts says {said}, and the file counts expert {least - 1}.", $"Leave --experts out, or give the real number.");
        var experts = options.Experts ?? least;
        var trace = new ImportedTrace
        {
            Routers = [.. layers.Select(ImportedRouter.Layer)], Experts = experts, IsSum = true,
            Loads = () => layers.Select((layer, i) => LoadSums.Of(1, i, [.. Enumerable.Range(0, experts).Select(e => counts.GetValueOrDefault((layer, e)))], files[0].Path)),
        };
        trace.Found.Add(string.Create(CultureInfo.InvariantCulture, $"CSV of layer_id,expert_id,count: {layers.Length} layers, {files.Count} {(files.Count == 1 ? "rank" : "ranks")}"));
        if (options.Experts is null) trace.Assumed.Add($"N is {experts}, the largest expert_id and one more; --experts says it where more were never chosen.");
        if (files.Count > 1) trace.Assumed.Add($"Each file is another rank: their counts are summed.");
        trace.Assumed.Add($"The file has one sum and no steps.");
        return trace;
    }

    private static void Add(ImportFile file, Dictionary<(int Layer, int Expert), long> counts)
    {
        if (Header(file.FirstLine) is not { } order)
            throw new UserError("MOE7286", $"{file.Path} has no header layer_id,expert_id,count.", $"Give the file as SGLang wrote it.");
        var number = 1;
        var seen = new HashSet<(int, int)>();
        foreach (var line in File.ReadLines(file.Path).Skip(1))
        {
            number++;
            if (line.Length == 0) continue;
            var cells = line.Split(',');
            if (cells.Length < 3 || order.Max() >= cells.Length || !Number(cells[order[0]], MostLayers, out var layer) || !Number(cells[order[1]], MostExperts, out var expert) || !Number(cells[order[2]], int.MaxValue, out var count))
                throw new UserError("MOE7287", $"{file.Path}, line {number}: layer_id, expert_id and count are not whole numbers that are possible.", $"Check that the file was written to its end.");
            if (!seen.Add(((int)layer, (int)expert)))
                throw new UserError("MOE7288", $"{file.Path}, line {number}: layer {layer}, expert {expert} is there twice.", $"Give one dump of a rank at a time.");
            counts[((int)layer, (int)expert)] = counts.GetValueOrDefault(((int)layer, (int)expert)) + count;
        }
    }

    /// <summary>Columns of layer, expert and count; null = they are not all there.</summary>
    private static int[]? Header(string line)
    {
        var names = line.TrimStart('\uFEFF').Split(',', StringSplitOptions.TrimEntries);
        int[] order = [Array.IndexOf(names, "layer_id"), Array.IndexOf(names, "expert_id"), Array.IndexOf(names, "count")];
        return order.Min() >= 0 ? order : null;
    }

    private static bool Number(string text, long most, out long value) => long.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out value) && value <= most;
}
