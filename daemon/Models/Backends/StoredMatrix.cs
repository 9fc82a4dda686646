using MoeDevtools.Checkpoints;

namespace MoeDevtools.Models.Backends;

/// <summary>
/// A matrix <c>[rows, columns]</c> = <c>[out, in]</c> as it lies in a checkpoint: a tensor or part of one, either way round, with the scales that belong to it. A vector is one row.
/// Shapes were checked by whoever made it (<see cref="WeightLoader"/>).
/// </summary>
/// <param name="Tensor"><c>[out, in]</c>; with <see cref="InputMajor"/> <c>[in, out]</c>; a vector <c>[n]</c>. MXFP4: <c>[out, in / 32, 16]</c>.</param>
/// <param name="Rows">Outputs that belong to the matrix; 1 for a vector.</param>
/// <param name="Columns">Inputs, or the elements of a vector.</param>
public sealed record StoredMatrix(StoredTensor Tensor, int Rows, int Columns)
{
    /// <summary>The tensor holds inputs outermost.</summary>
    public bool InputMajor { get; init; }

    /// <summary>Row r of the matrix is output First + r · Step of the tensor; of a vector, element i is First + i · Step.</summary>
    public int First { get; init; }

    public int Step { get; init; } = 1;

    /// <summary>Null = the elements are the values.</summary>
    public BlockScales? Scales { get; init; }

    /// <summary>Elements <paramref name="first"/>, first + <paramref name="step"/> ... of this vector.</summary>
    public StoredMatrix Elements(int first, int count, int step = 1) => this with { First = First + first * Step, Columns = count, Step = Step * step };

    /// <summary>A run of the inputs of a matrix that is stored inputs outermost.</summary>
    public StoredMatrix Inputs(int first, int count) => this with { Tensor = Tensor.Rows(first, count), Columns = count };

    /// <summary>Outputs <paramref name="first"/>, first + <paramref name="step"/> ... of this matrix.</summary>
    public StoredMatrix Outputs(int first, int count, int step = 1) =>
        this with { First = First + first * Step, Rows = count, Step = Step * step };
}

/// <summary>Scales beside a matrix: each is for <paramref name="Rows"/> outputs and <paramref name="Columns"/> inputs, fewer at the edges.</summary>
/// <param name="Tensor"><c>[⌈out / Rows⌉, ⌈in / Columns⌉]</c>.</param>
public sealed record BlockScales(StoredTensor Tensor, int Rows, int Columns);
