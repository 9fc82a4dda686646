namespace MoeDevtools.Numerics.Kernels;

/// <summary>How many rows of activations a product tile has, known when it is compiled.</summary>
internal interface ITileRows
{
    static abstract int Count { get; }

    /// <summary>Rows of the next tile where <paramref name="left"/> are left: at most as many as registers hold, the last tiles evenly.</summary>
    static int Take(int left, int most)
    {
        var tiles = (left + most - 1) / most;
        return (left + tiles - 1) / tiles;
    }

    readonly struct One : ITileRows
    {
        public static int Count => 1;
    }

    readonly struct Two : ITileRows
    {
        public static int Count => 2;
    }

    readonly struct Three : ITileRows
    {
        public static int Count => 3;
    }

    readonly struct Four : ITileRows
    {
        public static int Count => 4;
    }

    readonly struct Five : ITileRows
    {
        public static int Count => 5;
    }

    readonly struct Six : ITileRows
    {
        public static int Count => 6;
    }
}
