using System.Text;
using MoeDevtools.Capture.Parity;
using MoeDevtools.Messages;
using MoeDevtools.Tests.House;

namespace MoeDevtools.Tests.Capture;

public sealed class ModelParityTests
{
    public static TheoryData<string, string> FoldersAndBackends()
    {
        var data = new TheoryData<string, string>();
        foreach (var folder in Directory.EnumerateDirectories(Path.Combine(Repository.Root, "tests/fixtures/checkpoints")))
        {
            if (!File.Exists(Path.Combine(folder, ModelParity.FileName))) continue;
            foreach (var backend in new[] { "simd", "reference" }) data.Add(Path.GetFileName(folder), backend);
        }
        Assert.Equal(2 * 42, data.Count);
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

    [Fact]
    public void ReferenceOfOtherIds_IsRefused()
    {
        var fixture = Path.Combine(Repository.Root, "tests/fixtures/checkpoints/olmoe");
        var folder = Directory.CreateTempSubdirectory("parity-");
        try
        {
            foreach (var file in Directory.EnumerateFiles(fixture)) File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
            var golden = Encoding.Latin1.GetString(File.ReadAllBytes(Path.Combine(fixture, ModelParity.FileName)));
            var (ids, prompt, aside) = ("\"input_ids\"", "\"greedy_prompt_ids\"", "\"aside\"");
            var swapped = golden.Replace(ids, aside, StringComparison.Ordinal).Replace(prompt, ids, StringComparison.Ordinal).Replace(aside, prompt, StringComparison.Ordinal);
            File.WriteAllBytes(Path.Combine(folder.FullName, ModelParity.FileName), Encoding.Latin1.GetBytes(swapped));

            var error = Assert.Throws<UserError>(() => ModelParity.Compare(folder.FullName, "reference", 1e-4, CancellationToken.None));

            Assert.Equal("MOE5102", error.Id);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
