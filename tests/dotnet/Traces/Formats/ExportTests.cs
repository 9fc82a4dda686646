using System.Globalization;
using System.Text.Json;
using MoeDevtools.Checkpoints;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces;
using MoeDevtools.Traces.Formats;

namespace MoeDevtools.Tests.Traces.Formats;

public sealed class ExportTests
{
    private const RoutingColumns Columns = RoutingColumns.SelectedExperts | RoutingColumns.RoutingWeights | RoutingColumns.RouterLogits | RoutingColumns.SelectionScores;

    [Theory]
    [InlineData("samples/olmoe-tiny")]
    [InlineData("samples/deepseek-tiny")]
    public void ExportedNpz_ImportedAgain_IsEqual(string model)
    {
        using var trace = new TemporaryFile("a.moetrace");
        Recording.Run(trace.Path, model, ["One morning, Anna went", "7 * 3 ="], newTokens: 3);
        AssertRoundTrip(trace.Path);
    }

    [Fact]
    public void EncoderAndDecoderWithDrops_AreEqualToo()
    {
        using var trace = new TemporaryFile("a.moetrace");
        Recording.Run(trace.Path, "tests/fixtures/checkpoints/switch_transformers", ["5,9,11,3,7,7,7,7,7"], newTokens: 3);
        AssertRoundTrip(trace.Path);
    }

    [Fact]
    public void ChangedRouting_IsExportedAsTheModelUsedIt()
    {
        using var trace = new TemporaryFile("a.moetrace");
        Recording.Run(trace.Path, "samples/olmoe-tiny", ["7 * 3 ="], change: batch =>
        {
            if (batch.Router.Index != 1) return;
            batch.BeginChange();
            batch.GrowSlots(6);
            (batch.ExpertsOf(2)[5], batch.WeightsOf(2)[5]) = (15, 0.5f);
            batch.ExpertsOf(0)[0] = -1;
        });
        AssertRoundTrip(trace.Path);
        Assert.Equal(1, Export(trace.Path, "jsonl", Columns, out var lines).Changed);
        using var reader = TraceReader.Open(trace.Path);
        var third = Lines(lines).Where(l => l.GetProperty("router").GetString() == reader.Routers[1].Name).ElementAt(2);
        Assert.Equal(15, third.GetProperty("selected_experts")[5].GetInt32());
    }

    [Fact]
    public void Safetensors_IsWhatOurOwnReaderReads()
    {
        using var trace = new TemporaryFile("a.moetrace");
        Recording.Run(trace.Path, "samples/olmoe-tiny", ["7 * 3 ="], newTokens: 2);
        var report = Export(trace.Path, "safetensors", Columns, out var bytes);
        using var file = new TemporaryFile("a.safetensors", bytes);
        using var tensors = SafetensorsFile.Open(file.Path);
        Assert.Equal([report.Rows, 4, 4], tensors.Get("selected_experts").Shape.ToArray());
        Assert.Equal([report.Rows, 4, 16], tensors.Get("router_logits").Shape.ToArray());
        Assert.Equal(StoredType.F32, tensors.Get("routing_weights").Type);
        Assert.Equal("model.layers.2.mlp.gate", tensors.Metadata["router.2"]);

        using var reader = TraceReader.Open(trace.Path);
        var (pass, batch) = (new RoutingPass(), new RoutingBatch());
        reader.Read(reader.First()!.Value, pass, batch);
        Assert.Equal(batch.LogitsOf(1), tensors.Get("router_logits").ToFloats().AsSpan(4 * 16, 16));    // row 1, router 0
    }

    [Fact]
    public void Csv_HasALineADecision()
    {
        using var trace = new TemporaryFile("a.moetrace");
        Recording.Run(trace.Path, "samples/olmoe-tiny", ["7 * 3 ="]);
        var report = Export(trace.Path, "csv", RoutingColumns.SelectedExperts | RoutingColumns.RoutingWeights, out var bytes);
        var lines = System.Text.Encoding.UTF8.GetString(bytes).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("step,pass,rank,phase,router,layer,sequence,position,token_id,expert_0,expert_1,expert_2,expert_3,weight_0,weight_1,weight_2,weight_3", lines[0]);
        Assert.Equal(report.Rows * 4, lines.Length - 1);
        using var reader = TraceReader.Open(trace.Path);
        var (pass, batch) = (new RoutingPass(), new RoutingBatch());
        reader.Read(reader.First()!.Value, pass, batch);
        var cells = lines[3].Split(',');
        Assert.Equal(batch.ExpertsOf(2).ToArray(), cells[9..13].Select(c => int.Parse(c, CultureInfo.InvariantCulture)));
        Assert.Equal(batch.WeightsOf(2).ToArray(), cells[13..].Select(c => float.Parse(c, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Routers_CanBeChosen()
    {
        using var trace = new TemporaryFile("a.moetrace");
        Recording.Run(trace.Path, "samples/olmoe-tiny", ["7 * 3 ="]);
        using var reader = TraceReader.Open(trace.Path);
        using var into = new MemoryStream();
        var report = Exporters.Export(reader, "jsonl", new ExportOptions { Routers = [1, 3] }, into, CancellationToken.None);
        Assert.Equal(2, report.Routers);
        Assert.Equal([1, 3], Lines(into.ToArray()).Select(l => l.GetProperty("layer").GetInt32()).Distinct());
    }

    [Fact]
    public void ColumnThatWasNotRecorded_IsAbsent()
    {
        using var trace = new TemporaryFile("a.moetrace");
        Recording.ImportTo(trace.Path, Import.Fixture("vllm/completion-nested.json"));
        Assert.Equal(RoutingColumns.SelectedExperts, Export(trace.Path, "jsonl", Columns, out var bytes).Columns);
        var lines = Lines(bytes).ToList();
        Assert.All(lines, l => Assert.False(l.TryGetProperty("routing_weights", out _)));
        Assert.Contains(lines, l => !l.TryGetProperty("token_id", out _));
    }

    [Fact]
    public void LoadsAlone_HaveNothingToExport()
    {
        using var trace = new TemporaryFile("a.moetrace");
        var report = Recording.ImportTo(trace.Path, Import.Fixture("sglang/stat.npz"));
        Assert.Equal("MOE7331", Assert.Throws<UserError>(() => Export(trace.Path, "npz", Columns, out _)).Id);
        using var reader = TraceReader.Open(trace.Path);
        Assert.Equal(report.Routers[2].Counts, Assert.Single(reader.Loads(2, 0, long.MaxValue - 1)).Counts.Select(c => (long)c));
        Assert.Equal(-1, reader.Loads(2, 0, 100).Single().Tokens);
    }

    [Fact]
    public void UnknownFormat_IsRefused()
    {
        using var trace = new TemporaryFile("a.moetrace");
        Recording.ImportTo(trace.Path, Import.Fixture("npz/ids-weights.npz"));
        Assert.Equal("MOE7330", Assert.Throws<UserError>(() => Export(trace.Path, "parquet", Columns, out _)).Id);
    }

    [Theory]
    [InlineData("vllm/completion-base64-int16.json")]
    [InlineData("sglang/per_token_rank0.npz")]
    [InlineData("olmoe/routing.jsonl")]
    [InlineData("npz/ids-weights.npz")]
    [InlineData("explainable-moe-debugger/events-v2.json")]
    public void Import_ExportedAndImportedAgain_IsEqual(string name)
    {
        using var trace = new TemporaryFile("a.moetrace");
        Recording.ImportTo(trace.Path, Import.Fixture(name));
        AssertRoundTrip(trace.Path);
    }

    private static void AssertRoundTrip(string trace)
    {
        Export(trace, "npz", RoutingColumns.All, out var bytes);
        using var npz = new TemporaryFile("a.npz", bytes);
        using var again = new TemporaryFile("b.moetrace");
        Recording.ImportTo(again.Path, npz.Path);
        var decisions = Recording.Decisions(trace, RoutingColumns.All);
        Assert.NotEmpty(decisions);
        Assert.Equal(decisions, Recording.Decisions(again.Path, RoutingColumns.All));
    }

    private static ExportReport Export(string trace, string format, RoutingColumns columns, out byte[] bytes)
    {
        using var reader = TraceReader.Open(trace);
        using var into = new MemoryStream();
        var report = Exporters.Export(reader, format, new ExportOptions { Columns = columns }, into, CancellationToken.None);
        bytes = into.ToArray();
        return report;
    }

    private static IEnumerable<JsonElement> Lines(byte[] bytes) =>
        System.Text.Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonElement.Parse(l));
}
