using System.Globalization;
using MoeDevtools.Messages;
using MoeDevtools.Traces.Formats.Numpy;

namespace MoeDevtools.Traces.Formats;

/// <summary>
/// SGLang's expert distribution, mode <c>stat</c>, as npz: <c>logical_count</c> [steps, layers, experts], already summed over ranks. Steps lie in a ring buffer that wraps and
/// is never put in order, so only their sum is read.
/// </summary>
internal sealed class SglangStat : IImporter
{
    public string Name => "sglang-stat";

    public string Description => "SGLang expert distribution, mode stat (npz): logical_count [steps, layers, experts]; loads only";

    public bool TakesSeveral => false;

    public bool Recognises(ImportFile file) => file.Kind == ImportFileKind.Npz && file.Npz.Has("logical_count");

    public ImportedTrace Open(IReadOnlyList<ImportFile> files, ImportOptions options)
    {
        var file = files[0];
        if (file.Kind != ImportFileKind.Npz || file.Npz.Find("logical_count") is not { Shape.Count: 2 or 3 } counts || counts.Header.Count == 0)
            throw new UserError("MOE7281", $"{file.Path} has no logical_count [steps, layers, experts].", $"Convert the recorder's dump of mode stat to npz, as docs/formats.md shows.");
        var steps = counts.Shape.Count == 3 ? counts.Shape[0] : 1;
        var (layers, experts) = (counts.Shape[^2], counts.Shape[^1]);
        if (layers > 1 << 12 || experts > 1 << 16)
            throw new UserError("MOE7282", $"{counts.Name}, {counts.Header.Describe()}, would be {layers} layers of {experts} experts.", $"Check that its axes are steps, layers and experts.");
        var sums = Sum(counts, steps, (int)layers, (int)experts);
        var used = Enumerable.Range(0, (int)layers).Where(l => sums.AsSpan(l * (int)experts, (int)experts).ContainsAnyExcept(0L)).ToArray();
        if (used.Length == 0) used = [.. Enumerable.Range(0, (int)layers)];
        var trace = new ImportedTrace
        {
            Routers = [.. used.Select(ImportedRouter.Layer)], Experts = (int)experts, IsSum = steps > 1,
            Loads = () => used.Select((layer, i) => LoadSums.Of(1, i, sums.AsSpan(layer * (int)experts, (int)experts), counts.Name)),
        };
        trace.Found.Add($"logical_count {counts.Header.Describe()} as steps,layers,experts");
        if (used.Length < layers) trace.Assumed.Add($"{layers - used.Length} of {layers} layers have no counts: taken as layers without a router.");
        if (steps > 1)
            trace.Assumed.Add($"The {steps} slots of the ring buffer are summed: it wraps, so their order is unknown and there is no timeline.");
        return trace;
    }

    private static long[] Sum(NpyArray counts, long steps, int layers, int experts)
    {
        var sums = new long[layers * experts];
        var values = new long[sums.Length];
        for (long step = 0; step < steps; step++)
        {
            if (counts.Shape.Count == 3) counts.Read([step, 0, 0], [1, layers, experts], values);
            else counts.Read([0, 0], [layers, experts], values);
            for (var i = 0; i < sums.Length; i++)
            {
                if (values[i] is < 0 or > int.MaxValue)
                    throw new UserError("MOE7283", $"{counts.Name} holds {values[i]}, which is no count.", $"Check that this is the recorder's logical_count.");
                sums[i] += values[i];
            }
        }
        return sums;
    }
}
