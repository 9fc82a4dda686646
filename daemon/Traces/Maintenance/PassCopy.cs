using MoeDevtools.Traces.Storage;

namespace MoeDevtools.Traces.Maintenance;

/// <summary>Copies the table of passes, packed or without what rows say of tokens.</summary>
internal sealed class PassCopy(Database from, Database to, RewriteOptions options) : IDisposable
{
    private const int FirstBlob = 7;
    private static readonly int[] ElementBytes = [4, 4, 4, 1];

    private readonly Statement _select = from.Prepare($"SELECT {PassRow.Columns}, time FROM passes ORDER BY id");
    private readonly Statement _insert = to.Prepare($"INSERT INTO passes ({PassRow.Columns}, time) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    private readonly PassRow _row = new();
    private readonly Packing _packing = new();

    public void Copy(CancellationToken cancelled)
    {
        while (_select.Step())
        {
            cancelled.ThrowIfCancellationRequested();
            for (var i = 0; i < 14; i++) _insert.BindFrom(_select, i);
            if (options.Compact) Pack();
            if (options.Redact)
            {
                _insert.BindNull(10).BindNull(12);
                if (!options.KeepLabels) _insert.BindNull(13);
            }
            _insert.Run();
        }
    }

    public void Dispose()
    {
        _select.Dispose();
        _insert.Dispose();
    }

    /// <summary>Where that makes the row smaller.</summary>
    private void Pack()
    {
        var rows = _select.Int(5);
        var packed = new byte[]?[ElementBytes.Length];
        long plainBytes = 0, packedBytes = 0;
        for (var i = 0; i < ElementBytes.Length; i++)
        {
            if (_select.IsNull(FirstBlob + i) || FirstBlob + i == 10 && !PassRow.IsPaddingKnown(_select)) continue;
            packed[i] = _packing.Pack(_row.Blob(_select, FirstBlob + i, rows, ElementBytes[i]), ElementBytes[i]);
            plainBytes += rows * ElementBytes[i];
            packedBytes += packed[i]!.Length;
        }
        if (packedBytes >= plainBytes) return;
        _insert.Bind(7, 1);
        for (var i = 0; i < ElementBytes.Length; i++)
            if (packed[i] is { } bytes) _insert.Bind(FirstBlob + i + 1, bytes);
    }
}
