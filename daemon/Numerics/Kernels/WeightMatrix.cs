namespace MoeDevtools.Numerics.Kernels;

/// <summary>
/// A matrix of weights <c>[rows, columns]</c> = <c>[out, in]</c> where it lies, at any address and with any strides; a vector is one row. With scales, element (r, c) is its stored
/// value times the scale of its block.
/// </summary>
public unsafe struct WeightMatrix
{
    /// <summary>Element (0, 0).</summary>
    public byte* Data;

    public WeightFormat Format;

    /// <summary>k: elements of a row.</summary>
    public int Columns;

    /// <summary>Bytes from row to row.</summary>
    public nint RowStride;

    /// <summary>
    /// Bytes from column to column. That of an element where rows are dense, as most are; else the matrix is stored the other way round, <c>[in, out]</c>.
    /// Meaningless for elements of half a byte, whose rows are always dense.
    /// </summary>
    public nint ColumnStride;

    /// <summary>The scale of block (0, 0); null = none. Then rows are dense.</summary>
    public byte* Scales;

    public WeightFormat ScaleFormat;

    /// <summary>Bytes from a row of scales to the next.</summary>
    public nint ScaleStride;

    /// <summary>Columns that share a scale.</summary>
    public int ScaleColumns;

    /// <summary>Stored rows that share a scale; row r is stored row <see cref="FirstStored"/> + r · <see cref="StoredStep"/>.</summary>
    public int ScaleRows;

    public int FirstStored;

    public int StoredStep;

    /// <summary>Whether a row's elements follow one another.</summary>
    public readonly bool HasDenseRows => Format == WeightFormat.F4E2M1 || ColumnStride * 8 == Format.Bits();

    /// <summary>
    /// Whether kernels ask for activations split into even and odd elements (<see cref="BlockOrder"/>): where these come out of pairs with one shift or mask.
    /// </summary>
    public readonly bool SplitsPairs => HasDenseRows && Format is WeightFormat.F16 or WeightFormat.Bf16 or WeightFormat.F4E2M1;

    /// <summary>Bytes of the elements of one row, scales left out.</summary>
    public readonly long RowBytes => ((long)Columns * Format.Bits() + 7) / 8;

    public readonly byte* Row(int row) => Data + row * RowStride;

    /// <summary>The scales of a row, one for each <see cref="ScaleColumns"/> columns.</summary>
    public readonly byte* ScalesOf(int row) => Scales + (FirstStored + row * StoredStep) / ScaleRows * ScaleStride;

    /// <summary>One element, scaled: the plain definition.</summary>
    public readonly float Read(int row, int column)
    {
        var value = Format == WeightFormat.F4E2M1 ? Format.Read(Row(row), column) : Format.Read(Row(row) + column * ColumnStride, 0);
        return Scales == null ? value : value * ScaleFormat.Read(ScalesOf(row), column / ScaleColumns);
    }
}
