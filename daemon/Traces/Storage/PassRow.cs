using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Storage;

/// <summary>Reads rows of <c>passes</c>.</summary>
internal sealed class PassRow
{
    /// <summary>What <see cref="Read"/> needs of a row, in its order.</summary>
    public const string Columns = "id, step, pass, rank, phase, rows, packed, sequence, position, token_id, padding, texts, labels";

    private readonly Packing _packing = new();

    /// <summary>Fills everything but the texts of known ids and the labels of sequences, which other tables have.</summary>
    /// <exception cref="InvalidDataException">The row contradicts itself.</exception>
    public void Read(Statement row, RoutingPass pass, Func<int, string?> textOf, Func<int, string?> labelOf)
    {
        (pass.Step, pass.Pass, pass.Rank, pass.Phase) = (row.Integer(1), row.Int(2), row.Int(3), (Phase)row.Int(4));
        var count = row.Int(5);
        if (count is < 0 or > 1 << 28) throw new InvalidDataException("a pass with an impossible number of rows");
        var rows = pass.Rows;
        rows.Reset(count);
        Integers(row, 7, rows.Sequence.AsSpan(0, count));
        Integers(row, 8, rows.Position.AsSpan(0, count));
        if (!row.IsNull(9)) Integers(row, 9, rows.TokenId.AsSpan(0, count));
        rows.IsPaddingKnown = IsPaddingKnown(row);
        if (rows.IsPaddingKnown && !row.IsNull(10))
        {
            var padding = Blob(row, 10, count, 1);
            for (var i = 0; i < count; i++) rows.Padding[i] = padding[i] != 0;
        }
        for (var i = 0; i < count; i++)
        {
            if (rows.TokenId[i] >= 0) rows.Text[i] = textOf(rows.TokenId[i]);
            rows.Label[i] = labelOf(rows.Sequence[i]);
        }
        if (row.Text(11) is { } texts) RouterJson.ReadRows(texts, rows.Text.AsSpan(0, count));
        if (row.Text(12) is { } labels) RouterJson.ReadRows(labels, rows.Label.AsSpan(0, count));
    }

    /// <summary>An empty blob, where there are rows, says that nobody knew.</summary>
    public static bool IsPaddingKnown(Statement row) => row.IsNull(10) || row.Int(5) == 0 || row.Blob(10).Length > 0;

    /// <summary>The bytes of a blob column, unpacked; valid until the next call or step.</summary>
    /// <exception cref="InvalidDataException">They are not as many as the row says.</exception>
    public ReadOnlySpan<byte> Blob(Statement row, int column, int rows, int elementBytes)
    {
        var blob = row.Blob(column);
        if (row.Int(6) != 0) blob = _packing.Unpack(blob, rows * elementBytes, elementBytes);
        return blob.Length == rows * elementBytes ? blob : throw new InvalidDataException($"a column of rows of {blob.Length} bytes in place of {rows * elementBytes}");
    }

    private void Integers(Statement row, int column, Span<int> into) => BatchCodec.ReadIntegers(Blob(row, column, into.Length, sizeof(int)), into);
}
