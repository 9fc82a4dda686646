using System.Globalization;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Traces.Formats;

/// <summary>One import: a first reading finds N, k, what is missing and what is suspect; a second hands out batches.</summary>
internal sealed class ImportRun(string format, ImportedTrace trace, ImportOptions options, CancellationToken cancelled)
{
    /// <summary>More than any model has, and what memory allows.</summary>
    private const int MostExperts = 1 << 16;

    private readonly ImportedRouter[] _routers = [.. trace.Routers];
    private readonly List<FormattableString> _assumed = [.. trace.Assumed];
    private long _tokens;
    private long _missing;
    private long _sequences;
    private BatchProblems _problems;

    public ImportReport Into(IImportSink sink, TraceInfo info)
    {
        if (_routers.Length == 0)
            throw new UserError("MOE7230", $"the recording has no routers.", $"Check that it was made of a Mixture-of-Experts model.");
        return trace.Passes is { } passes ? Decisions(passes, sink, info) : Loads(trace.Loads!, sink, info);
    }

    private ImportReport Decisions(Func<IEnumerable<ImportedPass>> passes, IImportSink sink, TraceInfo info)
    {
        var scan = new ImportScan(_routers.Length, trace.Slots);
        foreach (var pass in passes())
        {
            cancelled.ThrowIfCancellationRequested();
            scan.Add(pass);
        }
        (_tokens, _missing) = (scan.Tokens, scan.Missing);
        if (_tokens == 0)
            throw new UserError("MOE7231", $"the recording holds no tokens.", $"Check that the tool recorded something.");
        if (scan.Missing == scan.Tokens)
            throw new UserError("MOE7232", $"no token of the recording has an expert: every id is -1.", $"Ask the tool for routing without a cached prefix, or check that it recorded.");
        var kept = Enumerable.Range(0, _routers.Length).Where(r => scan.Largest[r] >= 0).ToArray();
        if (kept.Length < _routers.Length)
            _assumed.Add($"{Names(Enumerable.Range(0, _routers.Length).Except(kept))} never chose an expert: taken as layers without a router.");
        var slots = scan.SlotsUsed.Max();
        if (slots < trace.Slots) _assumed.Add($"k is {slots}: the last {trace.Slots - slots} of {trace.Slots} slots are always empty.");
        if (scan.WrappedRows > 0) _assumed.Add($"Rows whose every id is the largest of the dtype have no routing ({scan.WrappedRows} tokens): -1 as an unsigned number.");
        var experts = Experts(kept.Max(r => scan.Largest[r]), slots, trace.Passes is not null);
        var infos = kept.Select((r, i) => Router(_routers[r], i, _routers[r].Experts ?? experts, _routers[r].K ?? slots)).ToArray();
        _assumed.Add($"Of the rule only N and k are known: how scores are made and weights are scaled is not in the file.");
        for (var i = 0; i < infos.Length; i++)
            if (scan.Largest[kept[i]] >= infos[i].Experts)
                throw new UserError("MOE7233", $"{infos[i].Name} chose expert {scan.Largest[kept[i]]}, and it has {infos[i].Experts} experts.", $"Check --experts, and the layout of the ids.");
        sink.Begin(info with { Assumptions = [.. _assumed.Select(FormattableString.Invariant)] }, infos);
        var loads = infos.Select(i => new long[i.Experts]).ToArray();
        var empty = new long[infos.Length];
        var columns = new ImportColumns(infos, kept, _routers.Length, trace.Slots, [.. kept.Select(r => _routers[r].K is { } k ? Math.Max(k, scan.SlotsUsed[r]) : slots)]);
        var steps = new HashSet<long>();
        foreach (var pass in passes())
        {
            cancelled.ThrowIfCancellationRequested();
            steps.Add(pass.Step);
            foreach (var sequence in pass.Begun)
            {
                _sequences++;
                sink.Add(sequence);
            }
            columns.Take(pass);
            for (var i = 0; i < infos.Length; i++)
            {
                if (columns.Batch(i) is not { } batch) continue;
                _problems |= BatchValidator.Check(batch);
                empty[i] += batch.CountInto<long>(loads[i], 1).EmptySlots;
                sink.Add(batch);
            }
            if (columns.Missing > 0) sink.Add(new TraceDrop(pass.Step, pass.Step, columns.Missing * infos.Length, "cached"));
        }
        var zeros = Enumerable.Range(0, infos.Length).Where(i => scan.AllZero(kept[i], slots)).ToArray();
        return Report([.. infos.Select((info, i) => new ImportedLoads(info, loads[i], empty[i]))], _tokens, steps.Count, Suspicions(infos, zeros));
    }

    private ImportReport Loads(Func<IEnumerable<TraceLoads>> loads, IImportSink sink, TraceInfo info)
    {
        var k = options.TopK ?? 1;
        if (options.TopK is null) _assumed.Add($"k is not in the file: 1 is written, and tokens are unknown; --top-k says it.");
        var infos = _routers.Select((r, i) => Router(r, i, r.Experts ?? trace.Experts ?? 0, k)).ToArray();
        _assumed.Add($"Of the rule only N is known: loads say nothing of scores and weights.");
        sink.Begin(info with { Assumptions = [.. _assumed.Select(FormattableString.Invariant)] }, infos);
        var sums = infos.Select(i => new long[i.Experts]).ToArray();
        var steps = new HashSet<long>();
        foreach (var step in loads())
        {
            cancelled.ThrowIfCancellationRequested();
            steps.Add(step.Step);
            long assignments = 0;
            for (var e = 0; e < step.Counts.Count; e++)
            {
                sums[step.Router][e] += step.Counts[e];
                assignments += step.Counts[e];
            }
            if (options.TopK is not null && assignments % k != 0)
                throw new UserError("MOE7234", $"{infos[step.Router].Name} has {assignments} assignments in a step, which is no multiple of k = {k}.", $"Check --top-k; leave it out if tokens were dropped.");
            sink.Add(step with { Tokens = options.TopK is null ? -1 : assignments / k });
        }
        FormattableString[] suspicions = sums.All(s => s.All(c => c == 0)) ? [$"every count is 0"] : [];
        return Report([.. infos.Select((info, i) => new ImportedLoads(info, sums[i], 0))], options.TopK is null ? null : sums.Max(s => s.Sum()) / k, trace.IsSum ? null : steps.Count, suspicions);
    }

    private ImportReport Report(IReadOnlyList<ImportedLoads> routers, long? tokens, long? steps, IEnumerable<FormattableString> suspicions) => new()
    {
        Format = format, Found = trace.Found, Assumed = _assumed, Routers = routers, Tokens = tokens, MissingTokens = _missing, Steps = steps, Sequences = _sequences,
        Problems = _problems, Suspicions = [.. suspicions],
    };

    /// <summary>N of routers that do not say it themselves.</summary>
    private int Experts(long largest, int slots, bool fromIds)
    {
        var experts = (options.Experts, trace.Experts) switch
        {
            ({ } said, { } known) when said != known => throw new UserError("MOE7235", $"--experts says {said}, the file {known}.", $"Leave --experts out."),
            ({ } said, _) => said,
            (_, { } known) => known,
            _ => (int)Math.Min(Math.Max(largest + 1, slots), MostExperts + 1L),
        };
        if (experts is < 1 or > MostExperts)
            throw new UserError("MOE7236", $"{experts} experts are not possible: 1 to {MostExperts} are.", $"Check --experts, and that the array holds expert ids.");
        if (slots > experts)
            throw new UserError("MOE7237", $"a token has {slots} slots and there are {experts} experts.", $"Check --experts, and the layout of the ids.");
        if (fromIds && options.Experts is null && trace.Experts is null && _routers.Any(r => r.Experts is null))
            _assumed.Add(largest + 1 >= slots
                ? (FormattableString)$"N is {experts}, the largest id and one more; --experts says it where more were never chosen." : $"N is {experts}, no more than k; --experts says it where more were never chosen.");
        return experts;
    }

    private static RouterInfo Router(ImportedRouter router, int index, int experts, int k)
    {
        if (experts is < 1 or > MostExperts || k < 1 || k > experts)
            throw new UserError("MOE7238", $"{router.Name}: {k} of {experts} experts are not possible.", $"Check --experts, --top-k and the file.");
        return new RouterInfo
        {
            Id = router.Id, Name = router.Name, Aliases = [string.Create(CultureInfo.InvariantCulture, $"L{router.Id.Layer}")], Index = index, Rule = new RouterRule { Experts = experts, K = k },
        };
    }

    /// <summary>Why the recording is suspect; empty = it is not.</summary>
    private IEnumerable<FormattableString> Suspicions(RouterInfo[] routers, int[] zeros)
    {
        if (zeros.Length == routers.Length) return [$"every slot holds expert 0"];
        if (zeros.Length > 0) return [$"every slot of {string.Join(", ", zeros.Select(i => routers[i].Name))} holds expert 0"];
        return Enum.GetValues<BatchProblems>().Where(p => p != BatchProblems.None && _problems.HasFlag(p)).Select(Words);
    }

    private static FormattableString Words(BatchProblems problem) => problem switch
    {
        BatchProblems.IdOutOfRange => (FormattableString)$"an id is out of range",
        BatchProblems.DuplicateId => $"a token has the same expert twice",
        BatchProblems.WeightNotFinite => $"a weight is NaN or infinite",
        BatchProblems.AllRowsEqual => $"all tokens of a pass chose the same experts",
        BatchProblems.ProbabilitiesAsLogits => $"the logits are probabilities",
        _ => $"a logit is NaN or infinite",
    };

    private string Names(IEnumerable<int> routers) => string.Join(", ", routers.Select(r => _routers[r].Name));
}
