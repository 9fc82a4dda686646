using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Tests.Numerics.Kernels;

public sealed class WorkerPoolTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void ManyJobs_RunEveryItemOnce(int threads)
    {
        using var pool = new WorkerPool(threads);
        var random = new Random(threads);
        for (var round = 0; round < 2000; round++)
        {
            var counts = new int[random.Next(1, 40)];
            pool.Run(counts.Length, new Counting(counts, threads));
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void AnItemThrows_TheCallerGetsItAndThePoolGoesOn(int threads)
    {
        using var pool = new WorkerPool(threads);
        for (var round = 0; round < 200; round++)
        {
            var bad = round % 30;
            var error = Assert.Throws<InvalidDataException>(() => pool.Run(30, new Failing(bad)));
            Assert.Equal($"item {bad}", error.Message);
            var counts = new int[10];
            pool.Run(10, new Counting(counts, threads));
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void NothingToDo_AllThreadsSleepAndWakeAgain()
    {
        using var pool = new WorkerPool(4);
        for (var round = 0; round < 5; round++)
        {
            Assert.True(SpinWait.SpinUntil(() => pool.Sleeping == 3, Patience));
            var counts = new int[100];
            pool.Run(100, new Counting(counts, 4));
            Assert.All(counts, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void AfterDispose_RunIsRefused()
    {
        var pool = new WorkerPool(3);
        pool.Dispose();
        pool.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pool.Run(3, new Failing(-1)));
    }

    private readonly struct Counting(int[] counts, int threads) : IJob
    {
        public void Execute(int item, int worker)
        {
            Assert.InRange(worker, 0, threads - 1);
            Interlocked.Increment(ref counts[item]);
        }
    }

    private readonly struct Failing(int bad) : IJob
    {
        public void Execute(int item, int worker)
        {
            if (item == bad) throw new InvalidDataException($"item {item}");
        }
    }
}
