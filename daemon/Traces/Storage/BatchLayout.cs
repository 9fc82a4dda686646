using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Storage;

/// <summary>How the columns of one batch lie in their blobs: row-major, little-endian, in the order of the columns of the table.</summary>
/// <param name="Rows">T.</param>
/// <param name="Present">Columns that hold data.</param>
/// <param name="IdBytes">Of an expert id: 1 or 2 unsigned, where all bits set is the empty slot; 4 signed, where ids lie outside the router's experts.</param>
/// <param name="RealBytes">4 = float32, 2 = float16.</param>
internal readonly record struct BatchLayout(RouterInfo Router, int Rows, int Slots, RoutingColumns Present, int IdBytes, int RealBytes)
{
    /// <summary>Blobs of a batch: the five columns, then Chosen and Taken.</summary>
    public const int Blobs = 7;

    public const int Chosen = 5;
    public const int Taken = 6;

    /// <summary>Bytes of blob <paramref name="i"/>; -1 = the batch does not have it.</summary>
    public int Length(int i) => i switch
    {
        Chosen => Router.Rule.Capacity is null ? -1 : checked(Rows * Router.Rule.K * IdBytes),
        Taken => Router.Rule.Capacity is null ? -1 : checked(Router.Experts * sizeof(int)),
        _ when (Present & ColumnOf(i)) == 0 => -1,
        3 => checked(Rows * Slots * IdBytes),
        4 => checked(Rows * Slots * RealBytes),
        _ => checked(Rows * Router.Experts * RealBytes),
    };

    /// <summary>Bytes of an element of blob <paramref name="i"/>.</summary>
    public int ElementBytes(int i) => i switch
    {
        Taken => sizeof(int),
        3 or Chosen => IdBytes,
        _ => RealBytes,
    };

    /// <summary>All blobs together.</summary>
    public int Total
    {
        get
        {
            var sum = 0;
            for (var i = 0; i < Blobs; i++) sum = checked(sum + Math.Max(0, Length(i)));
            return sum;
        }
    }

    public static RoutingColumns ColumnOf(int blob) => (RoutingColumns)(1 << blob);
}
