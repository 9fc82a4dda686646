using System.Numerics;
using MoeDevtools.Checkpoints.ChatTemplates.Runtime;

namespace MoeDevtools.Checkpoints.ChatTemplates.Values;

/// <summary>Keys are strings and numbers; 1, 1.0 and True are one key, as in Python.</summary>
internal sealed class KeyComparer : IEqualityComparer<object>
{
    public static readonly KeyComparer Instance = new();

    public new bool Equals(object? x, object? y) =>
        x is string a ? y is string b && a == b : Numbers.IsNumber(x) && Numbers.IsNumber(y) && Numbers.Compare(x!, y!) == 0;

    public int GetHashCode(object obj) => obj switch
    {
        string text => text.GetHashCode(StringComparison.Ordinal),
        BigInteger big => big.GetHashCode(),
        double number when number != Math.Floor(number) || Math.Abs(number) > long.MaxValue => number.GetHashCode(),
        _ => Numbers.ToLong(obj).GetHashCode(),
    };
}
