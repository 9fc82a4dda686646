using MoeDevtools.Routing;
using MoeDevtools.Traces.Storage;

namespace MoeDevtools.Traces.Maintenance;

/// <summary>Copies the tables of batches; compacted, columns that the rule makes from the logits are left out and the others packed.</summary>
internal sealed class BatchCopy : IDisposable
{
    private static readonly string[] Tables = ["batches", "batches_before"];

    private readonly Database _from;
    private readonly Database _to;
    private readonly IReadOnlyList<RouterInfo> _routers;
    private readonly RewriteOptions _options;
    private readonly Statement _rows;
    private readonly BatchRow _batchRow = new();
    private readonly Packing _packing = new();
    private readonly RoutingPass _pass = new();
    private readonly RoutingBatch _stored = new();
    private readonly RoutingBatch _made = new();
    private long _leftOut;

    public BatchCopy(Database from, Database to, IReadOnlyList<RouterInfo> routers, RewriteOptions options)
    {
        (_from, _to, _routers, _options) = (from, to, routers, options);
        _rows = from.Prepare("SELECT rows FROM passes WHERE id = ?");
    }

    public (long Batches, long LeftOut) Copy(CancellationToken cancelled)
    {
        long batches = 0;
        foreach (var table in Tables)
        {
            using var select = _from.Prepare($"SELECT {BatchRow.Columns}, id FROM {table} ORDER BY id");
            using var insert = _to.Prepare($"INSERT INTO {table} ({BatchRow.Columns}, id) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
            while (select.Step())
            {
                cancelled.ThrowIfCancellationRequested();
                for (var i = 0; i < 16; i++) insert.BindFrom(select, i);
                if (_options.Compact && select.Int(6) == 0 && select.IsNull(7)) Compact(select, insert);    // not compacted before
                insert.Run();
                if (table == Tables[0]) batches++;
            }
        }
        return (batches, _leftOut);
    }

    public void Dispose() => _rows.Dispose();

    private void Compact(Statement row, Statement insert)
    {
        var id = row.Integer(15);
        var index = (int)(id & ushort.MaxValue);
        if (index >= _routers.Count) throw new InvalidDataException("a batch of a router that is not there");
        var router = _routers[index];
        _rows.Bind(1, id >> TraceSchema.RouterBits);
        if (!_rows.Step()) throw new InvalidDataException("a batch of no pass");
        _pass.Rows.Reset(_rows.Int(0));
        _rows.Reset();
        var layout = BatchRow.LayoutOf(row, router, _pass.Rows.Count);
        var derived = Reproducible(row, router, layout);

        var packed = new byte[]?[BatchLayout.Blobs];
        long plainBytes = 0, packedBytes = 0;
        for (var i = 0; i < BatchLayout.Blobs; i++)
        {
            if (layout.Length(i) < 0 || (i < BatchLayout.Chosen && (derived & BatchLayout.ColumnOf(i)) != 0)) continue;
            packed[i] = _packing.Pack(_batchRow.Blob(row, layout, i), layout.ElementBytes(i));
            plainBytes += layout.Length(i);
            packedBytes += packed[i]!.Length;
        }
        for (var i = 0; i < BatchLayout.Chosen; i++)
        {
            if ((derived & BatchLayout.ColumnOf(i)) == 0) continue;
            insert.BindNull(9 + i);
            _leftOut++;
        }
        if (derived != RoutingColumns.None) insert.Bind(8, DerivedColumns.Crc(_stored, layout, derived));
        if (packedBytes >= plainBytes) return;
        insert.Bind(7, 1);
        for (var i = 0; i < BatchLayout.Blobs; i++)
            if (packed[i] is { } bytes) insert.Bind(9 + i, bytes);
    }

    /// <summary>The columns that the rule makes bit for bit as they are stored, in every row.</summary>
    private RoutingColumns Reproducible(Statement row, RouterInfo router, in BatchLayout layout)
    {
        if ((layout.Present & RoutingColumns.RouterLogits) == 0) return RoutingColumns.None;
        _batchRow.Read(row, router, _pass, _stored, RoutingColumns.All);
        var others = layout.Present & ~RoutingColumns.RouterLogits;
        if (router.Rule.ByToken) others &= RoutingColumns.RouterScores | (_stored.Has(RoutingColumns.SelectedExperts) ? RoutingColumns.RoutingWeights : RoutingColumns.None);
        _made.Reset(router, _pass, layout.Slots, layout.Present);
        _stored.RouterLogits.CopyTo(_made.RouterLogits);
        _stored.SelectedExperts.CopyTo(_made.SelectedExperts);
        DerivedColumns.Make(_made, others, layout.RealBytes);
        var same = RoutingColumns.None;
        for (var i = 1; i < BatchLayout.Chosen; i++)
        {
            var column = BatchLayout.ColumnOf(i);
            if ((others & column) == 0) continue;
            var made = new byte[layout.Length(i)];
            BatchCodec.EncodeBlob(_made, layout, i, made);
            if (_batchRow.Blob(row, layout, i).SequenceEqual(made)) same |= column;
        }
        return same;
    }
}
