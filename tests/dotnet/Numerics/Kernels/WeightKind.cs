using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Tests.Numerics.Kernels;

/// <summary>A way in which weights lie in memory.</summary>
/// <param name="InputMajor">Stored <c>[in, out]</c>.</param>
/// <param name="Step">Every how many stored outputs one belongs to the matrix, the first at <paramref name="First"/>.</param>
/// <param name="ScaleRows">Outputs that share a scale; 0 = no scales.</param>
internal sealed record WeightKind(WeightFormat Format, bool InputMajor = false, int Step = 1, int First = 0, int ScaleRows = 0, int ScaleColumns = 0, WeightFormat Scales = WeightFormat.F32)
{
    public static IReadOnlyList<WeightKind> All { get; } =
    [
        .. new[] { WeightFormat.F32, WeightFormat.F16, WeightFormat.Bf16 }.SelectMany(format => new WeightKind[]
        {
            new(format), new(format, Step: 2, First: 1), new(format, InputMajor: true), new(format, InputMajor: true, Step: 2), new(format, InputMajor: true, Step: 2, First: 1),
        }),
        new(WeightFormat.F8E4M3),
        new(WeightFormat.F8E4M3, ScaleRows: 32, ScaleColumns: 32),
        new(WeightFormat.F8E4M3, ScaleRows: 128, ScaleColumns: 128, Scales: WeightFormat.Bf16),
        new(WeightFormat.F8E4M3, Step: 2, First: 1, ScaleRows: 3, ScaleColumns: 64),
        new(WeightFormat.F8E4M3, ScaleRows: 7, ScaleColumns: 20, Scales: WeightFormat.F16),
        new(WeightFormat.F4E2M1, ScaleRows: 1, ScaleColumns: 32, Scales: WeightFormat.F8E8M0),
        new(WeightFormat.F4E2M1, Step: 2, First: 1, ScaleRows: 1, ScaleColumns: 32, Scales: WeightFormat.F8E8M0),
    ];

    /// <summary>A number of columns that this kind can have, near the one asked for.</summary>
    public int Columns(int columns) => Format == WeightFormat.F4E2M1 ? (columns + 31) / 32 * 32 : columns;
}
