using MoeDevtools.Capture.Parity;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Capture;

public sealed class ModelParityTests
{
    public static TheoryData<string, string> FoldersAndBackends()
    {
        var data = new TheoryData<string, string>();
        foreach (var folder in new[] { "deepseek_v3", "mixtral", "olmoe", "qwen3_moe" })
            foreach (var backend in new[] { "simd", "reference" })
                data.Add(folder, backend);
        return data;
    }

    [Theory]
    [MemberData(nameof(FoldersAndBackends))]
    public void GoldenCheckpoint_IsReproduced(string folder, string backend)
    {
        var row = ModelParity.Compare(Path.Combine(Repository.Root, "tests/fixtures/checkpoints", folder), backend, 1e-4, CancellationToken.None);

        Assert.True(row.Pass, row.Detail);
        Assert.True(row.Decisions > 0);
        Assert.True(row.GreedyEqual);
    }
}
