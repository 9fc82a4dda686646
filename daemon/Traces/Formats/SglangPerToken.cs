using System.Globalization;
using System.Text.RegularExpressions;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces.Formats.Numpy;

namespace MoeDevtools.Traces.Formats;

/// <summary>
/// SGLang's expert distribution, modes <c>per_token</c>, as npz, a file a rank: <c>records/I/topk_ids_of_layer</c> [layers, tokens, 8], physical ids, -1 in slots that are not
/// used; with the pass's number, tokens and positions, and the map to logical experts that held at the end.
/// </summary>
internal sealed partial class SglangPerToken : IImporter
{
    private const int DecodeMode = 2;    // ForwardMode.DECODE
    private const string Map = "last_physical_to_logical_map";

    public string Name => "sglang-per-token";

    public string Description => "SGLang expert distribution, mode per_token (npz, a file a rank): records/I/topk_ids_of_layer";

    public bool TakesSeveral => true;

    public bool Recognises(ImportFile file) => file.Kind == ImportFileKind.Npz && file.Npz.Names.Any(n => RecordName().IsMatch(n));

    public ImportedTrace Open(IReadOnlyList<ImportFile> files, ImportOptions options)
    {
        var records = files.SelectMany(Records).OrderBy(r => r.Step).ThenBy(r => r.Rank).ToList();
        if (records.Count == 0)
            throw new UserError("MOE7310", $"{files[0].Path} has no records/I/topk_ids_of_layer.", $"Convert the recorder's dump of mode per_token to npz, as docs/formats.md shows.");
        var (layers, slots) = (records[0].Ids.Shape[0], records[0].Ids.Shape[2]);
        if (records.FirstOrDefault(r => r.Ids.Shape[0] != layers || r.Ids.Shape[2] != slots) is { } other)
            throw new UserError("MOE7311", $"{other.Ids.Name} is {other.Ids.Header.Describe()}, the first record {records[0].Ids.Header.Describe()}.", $"Import recordings of different models apart.");
        if (layers is < 1 or > 1 << 12 || slots is < 1 or > 1 << 8)
            throw new UserError("MOE7312", $"{records[0].Ids.Name}, {records[0].Ids.Header.Describe()}, is not [layers, tokens, slots].", $"Check that this is the recorder's topk_ids_of_layer.");
        var map = PhysicalToLogical(files[0], layers);
        var trace = new ImportedTrace
        {
            Routers = ImportedRouter.Layers((int)layers), Slots = (int)slots, Passes = () => Passes(records, (int)layers, (int)slots, map),
            Experts = map is null ? null : (int)(map.Max() + 1),
        };
        trace.Found.Add(string.Create(CultureInfo.InvariantCulture, $"{records.Count} passes, the first {records[0].Ids.Header.Describe()} as layers,tokens,slots; {files.Count} {(files.Count == 1 ? "rank" : "ranks")}"));
        if (map is not null && !IsIdentity(map, (int)layers)) trace.Assumed.Add($"Physical ids are made logical by {Map}, which held at the end of the recording.");
        trace.Assumed.Add($"Requests are not named: each run of a prefill's tokens is a sequence, and so is each row of a decode pass. Step is forward_pass_id.");
        if (records.Any(r => r.TokenIds is null)) trace.Assumed.Add($"Token ids are unknown where a record has no input_ids.");
        return trace;
    }

    private static IEnumerable<Record> Records(ImportFile file)
    {
        var numbers = file.Npz.Names.Select(n => RecordName().Match(n)).Where(m => m.Success).Select(m => m.Groups[1].Value).OrderBy(n => n.Length).ThenBy(n => n, StringComparer.Ordinal);
        foreach (var number in numbers)
        {
            NpyArray? Find(string name) => file.Npz.Find($"records/{number}/{name}");
            var ids = Find("topk_ids_of_layer")!;
            if (ids.Shape.Count != 3)
                throw new UserError("MOE7313", $"{ids.Name} is {ids.Header.Describe()}, not [layers, tokens, slots].", $"Check that this is the recorder's topk_ids_of_layer.");
            var tokens = ids.Shape[1];
            long[]? Row(string name) => Find(name) is not { } array ? null : array.Shape.SequenceEqual([tokens]) ? array.ReadAll()
                : throw new UserError("MOE7314", $"{array.Name} is {array.Header.Describe()}, and the pass has {tokens} tokens.", $"Check that the record was written to its end.");
            long? One(string name) => Find(name) is { Header.Count: 1 } array ? array.ReadAll()[0] : null;
            yield return new Record(
                ids, One("forward_pass_id") ?? long.Parse(number, CultureInfo.InvariantCulture), (int)Math.Clamp(One("rank") ?? 0, 0, int.MaxValue), One("forward_mode") == DecodeMode,
                Row("input_ids"), Row("positions"), Find("extend_seq_lens") is { Shape.Count: 1 } lengths && lengths.Header.Count <= tokens ? lengths.ReadAll() : null);
        }
    }

    private static IEnumerable<ImportedPass> Passes(List<Record> records, int layers, int slots, long[]? map)
    {
        var pass = new ImportedPass();
        var (sequences, announced) = (0, 0);
        (long Step, int Rank)? last = null;
        foreach (var record in records)
        {
            var tokens = record.Ids.Shape[1];
            var lengths = record.Lengths is { } given && !record.IsDecode && given.All(n => n > 0) && given.Sum() == tokens ? given : null;
            var (part, left) = (0, lengths is null ? tokens : lengths[0]);
            var first = sequences;
            if (last != (record.Step, record.Rank)) pass.Pass = 0;
            last = (record.Step, record.Rank);
            for (long at = 0; at < tokens; at += ImportedPass.MostRows, pass.Pass++)
            {
                var rows = (int)Math.Min(ImportedPass.MostRows, tokens - at);
                pass.Reset(rows, layers * slots);
                (pass.Step, pass.Rank, pass.Phase) = (record.Step, record.Rank, record.IsDecode ? Phase.Decode : Phase.Prefill);
                var ids = new long[layers * rows * slots];
                record.Ids.Read([0, at, 0], [layers, rows, slots], ids);
                for (var i = 0; i < rows; i++)
                {
                    for (var l = 0; l < layers; l++)
                        for (var j = 0; j < slots; j++)
                            pass.Ids[(i * layers + l) * slots + j] = Logical(ids[(l * rows + i) * slots + j], l, map, layers, record.Ids);
                    if (record.IsDecode) first = sequences + (int)(at + i);
                    else if (left == 0)
                    {
                        first++;
                        left = lengths![++part];
                    }
                    left--;
                    pass.Sequence[i] = first;
                    pass.Position[i] = Fits(record.Positions is { } positions ? positions[at + i] : record.IsDecode ? 0 : at + i - (lengths?.Take(part).Sum() ?? 0), record.Ids);
                    pass.TokenId[i] = record.TokenIds is { } tokenIds ? Fits(tokenIds[at + i], record.Ids) : -1;
                    for (; announced <= first; announced++) pass.Begun.Add(new TraceSequence(announced, null, null, []));
                }
                yield return pass;
            }
            sequences = tokens == 0 ? sequences : first + 1;
        }
    }

    private static long Logical(long id, int layer, long[]? map, int layers, NpyArray ids)
    {
        if (map is null || id < 0) return id;
        var width = map.Length / layers;
        return id < width ? map[layer * width + id]
            : throw new UserError("MOE7315", $"{ids.Name} holds the expert {id}, and {Map} has {width}.", $"Check that map and records are of one dump.");
    }

    /// <summary>[layers, physical experts]; null = there is none.</summary>
    private static long[]? PhysicalToLogical(ImportFile file, long layers)
    {
        if (file.Npz.Find(Map) is not { Shape.Count: 2 } array || array.Shape[0] != layers || array.Header.Count == 0) return null;
        var map = array.ReadAll();
        return map.All(e => e is >= 0 and < 1 << 16) ? map
            : throw new UserError("MOE7316", $"{array.Name} holds numbers that are no experts.", $"Check that this is the recorder's {Map}.");
    }

    private static bool IsIdentity(long[] map, int layers)
    {
        var width = map.Length / layers;
        return Enumerable.Range(0, map.Length).All(i => map[i] == i % width);
    }

    private static int Fits(long number, NpyArray ids) => number is >= -1 and <= int.MaxValue ? (int)number
        : throw new UserError("MOE7317", $"the record of {ids.Name} has {number} as a token id or position.", $"Check that the record was written to its end.");

    [GeneratedRegex(@"^records/(\d{1,9})/topk_ids_of_layer$")]
    private static partial Regex RecordName();

    private sealed record Record(NpyArray Ids, long Step, int Rank, bool IsDecode, long[]? TokenIds, long[]? Positions, long[]? Lengths);
}
