using MoeDevtools.Routing;

namespace MoeDevtools.Tests.Routing;

public sealed class ExpertLoadsTests
{
    private static readonly RouterInfo Router = Batches.Router(4, 2);

    [Fact]
    public void Empty_HasNothing()
    {
        var loads = new ExpertLoads(4, 3);
        Assert.Equal(0, loads.Steps);
        Assert.Equal(long.MinValue, loads.LastStep);
        Assert.Equal("0: 0 0 0 0", Sum(loads, 3));
    }

    [Fact]
    public void PassesOfAStep_AddUp()
    {
        var loads = new ExpertLoads(4, 3);
        loads.Add(Batches.Chosen(Router, 5, [0, 1], [0, 2]));
        loads.Add(Batches.Chosen(Router, 5, [0, 3]));
        Assert.Equal(1, loads.Steps);
        Assert.Equal(5, loads.LastStep);
        Assert.Equal("3: 3 1 1 1", Sum(loads, 1));
    }

    [Fact]
    public void Window_TakesTheLastSteps_AndTheOldestIsForgotten()
    {
        var loads = new ExpertLoads(4, 3);
        for (var step = 1; step <= 5; step++) loads.Add(Batches.Chosen(Router, step, [step % 4, (step + 1) % 4]));
        Assert.Equal(3, loads.Steps);
        Assert.Equal("1: 0 1 1 0", Sum(loads, 1));          // step 5
        Assert.Equal("2: 1 2 1 0", Sum(loads, 2));          // and step 4
        Assert.Equal("3: 2 2 1 1", Sum(loads, 3));
        Assert.Equal("3: 2 2 1 1", Sum(loads, 100));        // no more than there is
    }

    [Fact]
    public void Padding_IsNotCounted()
    {
        var batch = Batches.Chosen(Router, 1, [0, 1], [2, 3]);
        batch.Pass.Rows.Padding[1] = true;
        var loads = new ExpertLoads(4, 2);
        loads.Add(batch);
        Assert.Equal("1: 1 1 0 0", Sum(loads, 1));
    }

    [Fact]
    public void EmptySlots_AreCountedApart()
    {
        var loads = new ExpertLoads(4, 2);
        loads.Add(Batches.Chosen(Router, 1, [0, -1], [-1, -1]));
        loads.Add(Batches.Chosen(Router, 2, [1, -1]));
        Assert.Equal("3: 1 1 0 0", Sum(loads, 2));
        Assert.Equal(1, loads.EmptySlots(1));
        Assert.Equal(4, loads.EmptySlots(2));
    }

    [Fact]
    public void Clear_ForgetsEverything()
    {
        var loads = new ExpertLoads(4, 2);
        loads.Add(Batches.Chosen(Router, 7, [0, 1]));
        loads.Clear();
        Assert.Equal("0: 0 0 0 0", Sum(loads, 2));
        loads.Add(Batches.Chosen(Router, 7, [2, 3]));
        Assert.Equal("1: 0 0 1 1", Sum(loads, 2));
    }

    [Fact]
    public void AnyWindow_EqualsASumOverTheSteps()
    {
        var random = new Random(4);
        var loads = new ExpertLoads(4, 7);
        var steps = new List<(long Tokens, long[] Counts)>();
        for (var step = 1; step <= 40; step++)
        {
            var (tokens, counts) = (0L, new long[4]);
            for (var pass = random.Next(1, 4); pass > 0; pass--)
            {
                var rows = Enumerable.Range(0, random.Next(5)).Select(_ => Batches.Draw(random, 2, [1, 2, 3, 4])).ToArray();
                foreach (var e in rows.SelectMany(row => row)) counts[e]++;
                tokens += rows.Length;
                loads.Add(Batches.Chosen(Router, step, rows));
            }
            steps.Add((tokens, counts));
            for (var window = 1; window <= 7; window++)
            {
                var last = steps.TakeLast(window).ToList();
                var expected = Enumerable.Range(0, 4).Select(e => last.Sum(s => s.Counts[e]));
                Assert.Equal($"{last.Sum(s => s.Tokens)}: {string.Join(' ', expected)}", Sum(loads, window));
            }
        }
    }

    /// <summary>T and c_e, as "3: 1 1 0 4".</summary>
    private static string Sum(ExpertLoads loads, int window)
    {
        var counts = new long[loads.Experts];
        Array.Fill(counts, 99);
        return $"{loads.Sum(window, counts)}: {string.Join(' ', counts)}";
    }
}
