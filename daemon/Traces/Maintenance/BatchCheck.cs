using MoeDevtools.Routing;
using MoeDevtools.Traces.Storage;

namespace MoeDevtools.Traces.Maintenance;

/// <summary>Walks the passes of a trace in order and compares what they hold with what their rows, routers and loads say.</summary>
internal sealed class BatchCheck(Database database, IReadOnlyList<RouterInfo> routers)
{
    private readonly PassRow _passRow = new();
    private readonly BatchRow _batchRow = new();
    private readonly RoutingPass _pass = new();
    private readonly RoutingBatch _batch = new();

    /// <summary>c_e of the step that is being read, a router each; null = nothing says what its loads are.</summary>
    private readonly int[]?[] _counts = new int[routers.Count][];

    private long? _step;

    public long BatchCount { get; private set; }

    public long Decisions { get; private set; }

    public IReadOnlyList<TraceProblem> Pass(Statement row)
    {
        var problems = new List<TraceProblem>();
        var step = row.Integer(1);
        if (_step != step) problems.AddRange(End());
        _step = step;
        try
        {
            _passRow.Read(row, _pass, _ => null, _ => null);
        }
        catch (Exception wrong) when (wrong is InvalidDataException or System.Text.Json.JsonException)
        {
            (_pass.Step, _pass.Pass, _pass.Rank) = (step, row.Int(2), row.Int(3));
            problems.Add(new TraceProblem(Where("passes"), wrong.Message));
        }
        return problems;
    }

    public IReadOnlyList<TraceProblem> Batches(long pass)
    {
        var problems = new List<TraceProblem>();
        foreach (var table in new[] { "batches", "batches_before" })
        {
            using var row = database.Prepare($"SELECT {BatchRow.Columns}, id & 65535 FROM {table} WHERE id BETWEEN ?1 << 16 AND (?1 << 16) + 65535");
            row.Bind(1, pass);
            while (row.Step())
            {
                var router = row.Int(15);
                var where = Where(table) + FormattableString.Invariant($", router {router}");
                if (router >= routers.Count)
                {
                    problems.Add(new TraceProblem(where, "there is no such router"));
                    continue;
                }
                var counted = table == "batches";
                if (counted) (BatchCount, Decisions) = (BatchCount + 1, Decisions + _pass.Rows.Count);
                try
                {
                    var verdict = _batchRow.Read(row, routers[router], _pass, _batch, RoutingColumns.All);
                    if ((verdict & BatchProblems.IdOutOfRange) == 0 && !InRange(_batch)) problems.Add(new TraceProblem(where, "an expert id is out of range, which its verdict does not say"));
                    if (counted) Count(router);
                }
                catch (InvalidDataException wrong)
                {
                    _counts[router] = null;
                    problems.Add(new TraceProblem(where, wrong.Message));
                }
            }
        }
        return problems;
    }

    /// <summary>The step that was read ends: its loads are compared.</summary>
    public IReadOnlyList<TraceProblem> End()
    {
        var problems = new List<TraceProblem>();
        for (var router = 0; _step is { } step && router < routers.Count; router++)
        {
            if (_counts[router] is not { } counts) continue;
            _counts[router] = null;
            using var row = database.Prepare("SELECT tokens, empty_slots, width, experts, counts FROM loads WHERE id = ?");
            var stored = new int[routers[router].Experts];
            var same = row.Bind(1, TraceSchema.Key(step, router)).Step();
            try
            {
                if (same) LoadCodec.Read(row, 0, stored);
            }
            catch (InvalidDataException)
            {
                same = false;
            }
            if (!same || !stored.AsSpan().SequenceEqual(counts))
                problems.Add(new TraceProblem(FormattableString.Invariant($"loads, step {step}, router {router}"), "they are not those of its batches"));
        }
        return problems;
    }

    private void Count(int router)
    {
        if (!_batch.Has(RoutingColumns.SelectedExperts) || _pass.Phase == Phase.Recompute) return;
        _batch.CountInto<int>(_counts[router] ??= new int[routers[router].Experts], 1);
    }

    private static bool InRange(RoutingBatch batch)
    {
        for (var row = 0; row < batch.Tokens && batch.Has(RoutingColumns.SelectedExperts); row++)
        {
            if (!batch.IsToken(row)) continue;
            foreach (var e in batch.ExpertsOf(row))
                if (e < -1 || e >= batch.Experts) return false;
        }
        return true;
    }

    private string Where(string table) => FormattableString.Invariant($"{table}, step {_pass.Step}, pass {_pass.Pass}, rank {_pass.Rank}");
}
