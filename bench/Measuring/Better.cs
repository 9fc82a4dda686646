namespace MoeDevtools.Bench.Measuring;

/// <summary>Which values of a unit are the good ones.</summary>
internal enum Better
{
    Lower,
    Higher,
}
