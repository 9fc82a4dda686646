using System.Globalization;
using System.Text.RegularExpressions;
using MoeDevtools.Messages;
using MoeDevtools.Traces.Formats.Numpy;

namespace MoeDevtools.Traces.Formats;

/// <summary>What Megatron-Core's router replay records, as npz: ids [tokens, k], an array a router, numbered in the order in which routers were built.</summary>
internal sealed partial class MegatronReplay : IImporter
{
    public string Name => "megatron-replay";

    public string Description => "Megatron-Core router replay (npz): an array of ids [tokens, k] a router, numbered as they were built";

    public bool TakesSeveral => false;

    public bool Recognises(ImportFile file) =>
        file.Kind == ImportFileKind.Npz && file.Npz.Names.All(n => Numbered().IsMatch(n)) && file.Npz.Names.Select(Prefix).Distinct().Count() == 1
        && file.Npz.Names.All(n => file.Npz.Find(n) is { Shape.Count: 2, IsInteger: true });

    public ImportedTrace Open(IReadOnlyList<ImportFile> files, ImportOptions options)
    {
        var file = files[0];
        if (!Recognises(file))
            throw new UserError("MOE7301", $"{file.Path} is not an npz of numbered arrays of ids, one a router.", $"Save ids [tokens, k] as router_0, router_1 and so on.");
        var routers = file.Npz.Names.OrderBy(Number).Select(n => file.Npz.Find(n)!).ToArray();
        var tokens = routers[0].Shape[0];
        if (routers.FirstOrDefault(r => r.Shape[0] != tokens) is { } other)
            throw new UserError("MOE7302", $"{other.Name} is {other.Header.Describe()}, the first router {routers[0].Header.Describe()}.", $"All routers of a recording see the same tokens.");
        if (routers.FirstOrDefault(r => r.Shape[1] is < 1 or > 1 << 12) is { } wide)
            throw new UserError("MOE7303", $"{wide.Name}, {wide.Header.Describe()}, would choose {wide.Shape[1]} experts.", $"Its axes are tokens and k.");
        var slots = (int)routers.Max(r => r.Shape[1]);
        var trace = new ImportedTrace
        {
            Routers = [.. routers.Select((r, i) => ImportedRouter.Layer(i) with { Name = r.Name[(r.Name.LastIndexOf(' ') + 1)..], K = routers.All(x => x.Shape[1] == slots) ? null : (int)r.Shape[1] })],
            Slots = slots, Passes = () => Passes(routers, tokens, slots),
        };
        trace.Found.Add(string.Create(CultureInfo.InvariantCulture, $"{routers.Length} routers of {routers[0].Header.Describe()} as tokens,k"));
        trace.Assumed.Add($"Routers are numbered in the order in which they were built, which is taken as the order of layers.");
        trace.Assumed.Add($"All tokens are one sequence, and their positions count from 0.");
        return trace;
    }

    private static IEnumerable<ImportedPass> Passes(NpyArray[] routers, long tokens, int slots)
    {
        var pass = new ImportedPass();
        for (long at = 0; at < tokens; at += ImportedPass.MostRows, pass.Pass++)
        {
            var rows = (int)Math.Min(ImportedPass.MostRows, tokens - at);
            var width = routers.Length * slots;
            pass.Reset(rows, width);
            if (at == 0) pass.Begun.Add(new TraceSequence(0, null, null, []));
            pass.Ids.AsSpan(0, rows * width).Fill(-1);
            for (var i = 0; i < rows; i++) pass.Position[i] = (int)Math.Min(at + i, int.MaxValue);
            for (var r = 0; r < routers.Length; r++)
            {
                var k = (int)routers[r].Shape[1];
                var ids = new long[rows * k];
                routers[r].Read([at, 0], [rows, k], ids);
                for (var i = 0; i < rows; i++) ids.AsSpan(i * k, k).CopyTo(pass.Ids.AsSpan(i * width + r * slots));
            }
            if (routers.All(r => r.Header.Kind == NpyKind.Unsigned && r.Header.Size < 8) && routers.Select(r => r.Header.Size).Distinct().Count() == 1)
                pass.Unwrap((1L << (8 * routers[0].Header.Size)) - 1, slots, width);
            yield return pass;
        }
    }

    private static string Prefix(string name) => Numbered().Match(name).Groups[1].Value;

    private static long Number(string name) => long.Parse(Numbered().Match(name).Groups[2].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(.*?)(\d{1,9})$")]
    private static partial Regex Numbered();
}
