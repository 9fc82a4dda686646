using MoeDevtools.Models.Backends;

namespace MoeDevtools.Tests.Models.Backends;

/// <summary>Runs the same operations on two backends and compares what comes out, through the interface alone.</summary>
internal sealed class BackendComparison(ITensorBackend reference, ITensorBackend backend) : IDisposable
{
    /// <param name="operation">Given a backend, computes and reads back.</param>
    /// <param name="bound">Of the largest number of the reference's result.</param>
    public void Same(Func<ITensorBackend, float[]> operation, double bound)
    {
        var (expected, actual) = (operation(reference), operation(backend));
        Assert.Equal(expected.Length, actual.Length);
        var size = expected.Max(Math.Abs);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs((double)expected[i] - actual[i]) <= bound * size,
                $"{backend.Description}: [{i}] is {actual[i]}, not {expected[i]}; the largest is {size}.");
        }
    }

    public void Dispose()
    {
        reference.Dispose();
        backend.Dispose();
    }
}
