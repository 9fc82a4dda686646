using MoeDevtools.Routing;

namespace MoeDevtools.Tests.Routing;

public sealed class BatchValidatorTests
{
    private static readonly RouterInfo Router = Batches.Router(4, 2);

    [Fact]
    public void HealthyBatch_HasNoProblems()
    {
        var random = new Random(5);
        var rows = Enumerable.Range(0, 40).Select(_ => Enumerable.Range(0, 4).Select(_ => (float)random.NextDouble() * 4 - 2).ToArray()).ToArray();
        Assert.Equal(BatchProblems.None, BatchValidator.Check(Batches.Routed(Router, 1, rows)));
    }

    [Theory]
    [InlineData(4, BatchProblems.IdOutOfRange)]
    [InlineData(-2, BatchProblems.IdOutOfRange)]
    [InlineData(1, BatchProblems.DuplicateId)]
    [InlineData(-1, BatchProblems.None)]
    public void SecondId_IsJudged(int second, BatchProblems expected) => Assert.Equal(expected, BatchValidator.Check(Batches.Chosen(Router, 1, [1, second])));

    [Fact]
    public void TwoEmptySlots_AreNoDuplicate() => Assert.Equal(BatchProblems.None, BatchValidator.Check(Batches.Chosen(Router, 1, [-1, -1])));

    [Fact]
    public void NanWeight_IsFound()
    {
        var batch = Batches.Chosen(Router, 1, [0, 1]);
        batch.WeightsOf(0)[1] = float.NaN;
        Assert.Equal(BatchProblems.WeightNotFinite, BatchValidator.Check(batch));
    }

    [Fact]
    public void InfiniteLogit_IsFound()
    {
        var batch = Batches.Chosen(Router, 1, [0, 1]);
        batch.LogitsOf(0)[3] = float.NegativeInfinity;
        Assert.Equal(BatchProblems.LogitNotFinite, BatchValidator.Check(batch));
    }

    [Fact]
    public void ProbabilitiesAsLogits_AreFoundWhereAllRowsSumToOne()
    {
        var batch = Batches.Routed(Router, 1, [0.1f, 0.2f, 0.3f, 0.4f], [0.7f, 0.1f, 0.1f, 0.1f]);
        Assert.Equal(BatchProblems.ProbabilitiesAsLogits, BatchValidator.Check(batch));
        batch.LogitsOf(1)[0] = 1.7f;
        Assert.Equal(BatchProblems.None, BatchValidator.Check(batch));
    }

    [Theory]
    [InlineData(15, BatchProblems.None)]
    [InlineData(16, BatchProblems.AllRowsEqual)]
    public void EqualRows_AreSuspectInALargeBatch(int rows, BatchProblems expected) =>
        Assert.Equal(expected, BatchValidator.Check(Batches.Chosen(Router, 1, [.. Enumerable.Repeat(new[] { 2, 3 }, rows)])));

    [Fact]
    public void Padding_IsLeftOut()
    {
        var batch = Batches.Chosen(Router, 1, [0, 1], [9, 9]);
        batch.Pass.Rows.Padding[1] = true;
        Assert.Equal(BatchProblems.None, BatchValidator.Check(batch));
    }
}
