using System.IO.Compression;
using System.Text;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces.Formats;

namespace MoeDevtools.Tests.Traces.Formats;

/// <summary>What each format's traps must come to.</summary>
public sealed class ImporterTests
{
    private static readonly double[] Ids = [.. Draw(new Random(5), 200, 3, 4, 24).Select(i => (double)i)];

    [Theory]
    [InlineData("<i2", false)]
    [InlineData(">i8", true)]
    [InlineData("|u1", true)]
    [InlineData("<f2", false)]
    public void EveryDtypeAndOrder_GivesTheSameIds(string type, bool fortran)
    {
        var expected = Ids.Select(i => (int)i).Chunk(4).ToList();
        var sink = Npy(NumpyFiles.Npy(type, [200, 3, 4], Ids, fortran)).Sink;
        for (var t = 0; t < 200; t++)
            for (var l = 0; l < 3; l++)
                Assert.Equal(expected[t * 3 + l], sink.Rows.Single(r => r.Router == $"layers.{l}" && r.Position == t).Experts);
    }

    [Theory]
    [InlineData("tokens,k,layers", new[] { 0, 2, 1 })]
    [InlineData("layers,tokens,k", new[] { 1, 0, 2 })]
    [InlineData("k,layers,tokens", new[] { 2, 1, 0 })]
    public void Layout_IsSniffedAndCanBeSaid(string layout, int[] axes)
    {
        var (shape, values) = Permuted([200, 3, 4], Ids, axes);
        var expected = Npy(NumpyFiles.Npy("<i4", [200, 3, 4], Ids)).Report;
        var bytes = NumpyFiles.Npy("<i4", shape, values);
        foreach (var options in new[] { new ImportOptions(), new ImportOptions { Layout = layout } })
        {
            var report = Npy(bytes, options).Report;
            Assert.Equal(expected.Routers.Select(r => string.Join(',', r.Counts)), report.Routers.Select(r => string.Join(',', r.Counts)));
            Assert.Contains(report.Found, f => f.Contains(layout, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void AmbiguousLayout_IsAskedFor()
    {
        // Every axis could be anything: uniform ids, few tokens.
        var random = new Random(1);
        double[] ids = [.. Draw(random, 6, 9, 4, 64).Select(i => (double)i)];
        Assert.Equal("MOE7241", Assert.Throws<UserError>(() => Npy(NumpyFiles.Npy("<i4", [6, 9, 4], ids))).Id);
        Assert.Equal(6, Npy(NumpyFiles.Npy("<i4", [6, 9, 4], ids), new ImportOptions { Layout = "tokens,layers,k" }).Report.Tokens);
    }

    [Theory]
    [InlineData("tokens,layers")]
    [InlineData("tokens,layers,experts")]
    [InlineData("tokens,tokens,k")]
    public void LayoutThatIsNone_IsRefused(string layout) =>
        Assert.Equal("MOE7240", Assert.Throws<UserError>(() => Npy(NumpyFiles.Npy("<i4", [200, 3, 4], Ids), new ImportOptions { Layout = layout })).Id);

    [Fact]
    public void MinusOneInUnsignedIds_IsMissing()
    {
        var ids = Ids.ToArray();
        ids.AsSpan(0, 7 * 12).Fill(255);
        var report = Npy(NumpyFiles.Npy("|u1", [200, 3, 4], ids)).Report;
        Assert.Equal((200, 7), (report.Tokens, report.MissingTokens));
        Assert.Contains(report.Assumed, a => FormattableString.Invariant(a).Contains("unsigned", StringComparison.Ordinal));
    }

    [Fact]
    public void DropsAtOneRouter_AreEmptySlotsAndNotMissing()
    {
        var ids = Ids.ToArray();
        ids.AsSpan(0, 4).Fill(-1);
        ids[4 * 3 + 3] = -1;
        var report = Npy(NumpyFiles.Npy("<i2", [200, 3, 4], ids)).Report;
        Assert.Equal(0, report.MissingTokens);
        Assert.Equal([5L, 0, 0], report.Routers.Select(r => r.EmptySlots));
    }

    [Fact]
    public void LayerWithoutExperts_IsNoRouter()
    {
        var ids = Ids.ToArray();
        for (var t = 0; t < 200; t++) ids.AsSpan(t * 12, 4).Fill(-1);
        var report = Npy(NumpyFiles.Npy("<i2", [200, 3, 4], ids)).Report;
        Assert.Equal([1, 2], report.Routers.Select(r => r.Router.Id.Layer));
        Assert.Contains(report.Assumed, a => FormattableString.Invariant(a).Contains("layers.0", StringComparison.Ordinal));
    }

    [Fact]
    public void ZerosAtOneLayer_AreSuspectThere()
    {
        var ids = Ids.ToArray();
        for (var t = 0; t < 200; t++) ids.AsSpan(t * 12 + 4, 4).Clear();
        Assert.Equal("suspect: every slot of layers.1 holds expert 0", Npy(NumpyFiles.Npy("<i2", [200, 3, 4], ids)).Report.Verdict);
    }

    [Fact]
    public void SameExpertTwice_IsSuspect()
    {
        var ids = Ids.ToArray();
        ids[1] = ids[0];
        var report = Npy(NumpyFiles.Npy("<i2", [200, 3, 4], ids), new ImportOptions { Layout = "tokens,layers,k" }).Report;
        Assert.True(report.IsSuspect);
        Assert.Equal(BatchProblems.DuplicateId, report.Problems);
    }

    [Fact]
    public void ExpertsBeyondN_AreRefused()
    {
        Assert.Equal("MOE7233", Assert.Throws<UserError>(() => Npy(NumpyFiles.Npy("<i2", [200, 3, 4], Ids), new ImportOptions { Experts = 8 })).Id);
        var report = Npy(NumpyFiles.Npy("<i2", [200, 3, 4], Ids), new ImportOptions { Experts = 64 }).Report;
        Assert.All(report.Routers, r => Assert.Equal(64, r.Router.Experts));
        Assert.DoesNotContain(report.Assumed, a => FormattableString.Invariant(a).StartsWith("N is", StringComparison.Ordinal));
    }

    [Fact]
    public void IdsThatAreNone_AreRefused()
    {
        var ids = Ids.ToArray();
        ids[17] = -7;
        Assert.Equal("MOE7239", Assert.Throws<UserError>(() => Npy(NumpyFiles.Npy("<i2", [200, 3, 4], ids))).Id);
    }

    [Fact]
    public void LongRecording_IsManyPassesOfOneStep()
    {
        double[] ids = [.. Draw(new Random(2), 2000, 2, 2, 8).Select(i => (double)i)];
        var (report, sink) = Npy(NumpyFiles.Npy("<i2", [2000, 2, 2], ids));
        Assert.Equal((2000, 1), (report.Tokens, report.Steps));
        Assert.Equal(Enumerable.Range(0, 2000), sink.Rows.Where(r => r.Router == "layers.0").Select(r => r.Position));
        Assert.True(sink.Keys.Count >= 8);
    }

    [Fact]
    public void WeightsOfAnotherShape_AreRefused()
    {
        var npz = NumpyFiles.Npz(CompressionLevel.Fastest, ("ids", NumpyFiles.Npy("<i2", [200, 3, 4], Ids)), ("weights", NumpyFiles.Npy("<f4", [200, 3, 3], new double[1800])));
        Assert.Equal("MOE7256", Assert.Throws<UserError>(() => Npz(npz)).Id);
    }

    [Fact]
    public void ArraysBesideIds_AreTakenWithThem()
    {
        double[] weights = [.. Enumerable.Range(0, 2400).Select(i => i / 4096.0)], logits = [.. Enumerable.Range(0, 200 * 3 * 24).Select(i => (double)(i % 512))];
        var (report, sink) = Npz(NumpyFiles.Npz(
            CompressionLevel.Optimal, ("ids", NumpyFiles.Npy("<i2", [200, 3, 4], Ids)), ("weights", NumpyFiles.Npy(">f4", [200, 3, 4], weights, fortran: true)),
            ("router_logits", NumpyFiles.Npy("<f2", [200, 3, 24], logits)), ("token_ids", NumpyFiles.Npy("<u2", [200], [.. Enumerable.Range(0, 200).Select(i => (double)i)]))));
        Assert.All(report.Routers, r => Assert.Equal(24, r.Router.Experts));
        Assert.Equal(weights.Select(w => (float)w), sink.Rows.OrderBy(r => r.Position).ThenBy(r => r.Router, StringComparer.Ordinal).SelectMany(r => r.Weights!));
        Assert.Equal(logits.Select(w => (float)w), sink.Rows.OrderBy(r => r.Position).ThenBy(r => r.Router, StringComparer.Ordinal).SelectMany(r => r.Logits!));
        Assert.All(sink.Rows, r => Assert.Equal(r.Position, r.TokenId));
    }

    [Fact]
    public void MegatronRanksOverAllExperts_AreSummedUpToTheirForwards()
    {
        using var rank0 = Megatron("rank0.npz", [2, 3, 4], 10, [2, 3], ("ep_rank", 0), ("ep_size", 2), ("num_global_physical_experts", 4), ("global_rank", 4));
        using var rank1 = Megatron("rank1.npz", [2, 3, 4], 100, [2, 3], ("ep_rank", 1), ("ep_size", 2), ("num_global_physical_experts", 4), ("global_rank", 5));
        var (report, sink) = Import.Files([rank1.Path, rank0.Path]);
        Assert.Equal(3, report.Steps);
        Assert.Equal([220L, 220, 220, 220], report.Routers[0].Counts);
        Assert.Equal([330L, 330, 330, 330], report.Routers[1].Counts);
        Assert.Equal([2, 5], report.Routers.Select(r => r.Router.Id.Layer));
        Assert.Equal(5, sink.Loads.Count);
    }

    [Fact]
    public void MegatronWithoutARank_IsRefused()
    {
        using var rank0 = Megatron("rank0.npz", [2, 3, 4], 10, [3, 3], ("ep_rank", 0), ("ep_size", 2), ("num_experts", 4));
        Assert.Equal("MOE7294", Assert.Throws<UserError>(() => Import.File(rank0.Path)).Id);
        using var again = Megatron("rank0.npz", [2, 3, 4], 10, [3, 3], ("ep_rank", 0), ("ep_size", 2), ("num_experts", 4));
        Assert.Equal("MOE7293", Assert.Throws<UserError>(() => Import.Files([rank0.Path, again.Path])).Id);
    }

    [Fact]
    public void MegatronWithoutItsGroup_IsAssumedAloudAndAskedForN()
    {
        using var rank0 = Megatron("loads_rank0.npz", [2, 3, 4], 1, [3, 3]);
        using var rank1 = Megatron("loads_rank1.npz", [2, 3, 4], 2, [3, 3]);
        Assert.Equal("MOE7290", Assert.Throws<UserError>(() => Import.Files([rank0.Path, rank1.Path])).Id);
        var side = Import.Files([rank0.Path, rank1.Path], new ImportOptions { Experts = 8 }).Report;
        Assert.Equal([3L, 3, 3, 3, 6, 6, 6, 6], side.Routers[0].Counts);
        Assert.Contains(side.Assumed, a => FormattableString.Invariant(a).Contains("ep_rank", StringComparison.Ordinal));
        Assert.Equal([9L, 9, 9, 9], Import.Files([rank0.Path, rank1.Path], new ImportOptions { Experts = 4 }).Report.Routers[0].Counts);
    }

    [Fact]
    public void SglangPhysicalIds_BecomeLogical()
    {
        // Two layers, three tokens, four physical experts of two logical ones.
        var (report, sink) = Npz(NumpyFiles.Npz(
            CompressionLevel.Fastest, ("last_physical_to_logical_map", NumpyFiles.Npy("<i8", [2, 4], [0, 1, 1, 0, 1, 0, 0, 1])),
            ("records/0/forward_pass_id", NumpyFiles.Npy("<i8", [1], [5])), ("records/0/forward_mode", NumpyFiles.Npy("<i8", [1], [2])),
            ("records/0/positions", NumpyFiles.Npy("<i8", [3], [40, 9, 17])), ("records/0/topk_ids_of_layer", NumpyFiles.Npy("<i4", [2, 3, 2], [3, -1, 2, -1, 0, -1, 3, -1, 2, -1, 0, -1]))));
        Assert.Equal(new[] { 0, 1, 0 }, sink.Rows.Where(r => r.Router == "layers.0").Select(r => r.Experts.Single()));
        Assert.Equal(new[] { 1, 0, 1 }, sink.Rows.Where(r => r.Router == "layers.1").Select(r => r.Experts.Single()));
        Assert.All(sink.Rows, r => Assert.Equal((Phase.Decode, 5L), (r.Phase, r.Step)));
        Assert.Equal([40, 9, 17], sink.Rows.Where(r => r.Router == "layers.0").Select(r => r.Position));
        Assert.Equal(3, report.Sequences);
        Assert.Contains(report.Assumed, a => FormattableString.Invariant(a).Contains("logical", StringComparison.Ordinal));
    }

    [Fact]
    public void SglangPrefillOfTwoRequests_IsTwoSequences()
    {
        var sink = Npz(NumpyFiles.Npz(
            CompressionLevel.Fastest, ("records/0/extend_seq_lens", NumpyFiles.Npy("<i8", [2], [2, 3])), ("records/0/rank", NumpyFiles.Npy("<i8", [1], [0])),
            ("records/0/topk_ids_of_layer", NumpyFiles.Npy("<i4", [1, 5, 1], [0, 1, 2, 0, 1])), ("records/1/topk_ids_of_layer", NumpyFiles.Npy("<i4", [1, 2, 1], [0, 1])))).Sink;
        Assert.Equal([0, 0, 1, 1, 1, 2, 2], sink.Rows.Select(r => r.Sequence));
        Assert.Equal([0, 1, 0, 1, 2, 0, 1], sink.Rows.Select(r => r.Position));
        Assert.Equal(3, sink.Sequences.Count);
    }

    [Fact]
    public void SglangResponseWithoutAShape_IsAskedForLayers()
    {
        var bytes = new byte[4 * 3 * 2 * 2];
        for (var i = 0; i < 12; i++) bytes[4 * i] = (byte)(i % 2);
        var json = Encoding.UTF8.GetBytes($$"""{"meta_info":{"prompt_tokens":2,"completion_tokens":2,"routed_experts":"{{Convert.ToBase64String(bytes)}}"},"output_ids":[7,8]}""");
        using var file = new TemporaryFile("r.json", json);
        Assert.Equal("MOE7268", Assert.Throws<UserError>(() => Import.File(file.Path)).Id);
        var (report, sink) = Import.File(file.Path, new ImportOptions { Layers = 2 });
        Assert.Equal((3L, 2), (report.Tokens, report.Routers.Count));
        Assert.Equal([-1, -1, 7], sink.Rows.Where(r => r.Router == "layers.0").Select(r => r.TokenId));
    }

    [Fact]
    public void SglangRanksOfCsv_AreSummed()
    {
        using var a = new TemporaryFile("a.csv", "layer_id,expert_id,count\n1,0,5\n1,1,6\n"u8.ToArray());
        using var b = new TemporaryFile("b.csv", "layer_id,expert_id,count\r\n1,1,4\r\n1,3,1\r\n"u8.ToArray());
        var report = Import.Files([a.Path, b.Path]).Report;
        Assert.Equal([5L, 10, 0, 1], Assert.Single(report.Routers).Counts);
        Assert.Equal(1, report.Routers[0].Router.Id.Layer);
    }

    [Fact]
    public void VllmResponses_LineByLine_AreSequences()
    {
        using var file = new TemporaryFile("r.jsonl", """
            {"id":"a","choices":[{"index":0,"routed_experts":[[[0,1]],[[1,2]]],"token_ids":[5,6,7]}],"prompt_routed_experts":[[[2,3]]],"prompt_token_ids":[4]}
            {"id":"b","choices":[{"index":0,"routed_experts":{"encoding":"base64","dtype":"int16","shape":[1,1,2],"data":"AwAAAA=="}}],"usage":{"prompt_tokens":1}}

            """u8.ToArray());
        var (report, sink) = Import.File(file.Path);
        Assert.Equal((4L, 2L, 2L), (report.Tokens, report.Sequences, report.Steps));
        Assert.Equal([4, 5, 6, -1], sink.Rows.Select(r => r.TokenId));
        Assert.Equal([3, 0], sink.Rows[3].Experts);
    }

    [Fact]
    public void EventsOfSomeLayersOnly_AreThereWhereTheyWere()
    {
        using var file = new TemporaryFile("e.json", """
            [{"layer_idx":0,"token_position":0,"selected_experts":[1,2],"sequence_id":"s"},
             {"layer_idx":3,"token_position":0,"selected_experts":[0,1],"sequence_id":"s"},
             {"layer_idx":3,"token_position":1,"selected_experts":[2,1],"sequence_id":"s"}]
            """u8.ToArray());
        var (report, sink) = Import.File(file.Path);
        Assert.Equal([1, 2], new[] { "layers.0", "layers.3" }.Select(r => sink.Rows.Count(x => x.Router == r)));
        Assert.All(report.Routers, r => Assert.Equal(0, r.EmptySlots));
    }

    [Fact]
    public void OlmoeDocumentOfTheWrongLength_IsRefused()
    {
        using var file = new TemporaryFile("d.jsonl", """{"input_ids":[1,2],"exp_ids":[[[0],[1]]]}"""u8.ToArray());
        Assert.Equal("MOE7272", Assert.Throws<UserError>(() => Import.File(file.Path)).Id);
    }

    [Fact]
    public void Format_CanBeNamed_AndMustExist()
    {
        Assert.Equal("MOE7222", Assert.Throws<UserError>(() => Import.File(Import.Fixture("npz/ids-weights.npz"), new ImportOptions { Format = "torch" })).Id);
        Assert.Throws<UserError>(() => Import.File(Import.Fixture("npz/ids-weights.npz"), new ImportOptions { Format = "olmoe" }));
        Assert.Equal(93, Import.File(Import.Fixture("npz/ids-weights.npz"), new ImportOptions { Format = "arrays" }).Report.Tokens);
    }

    [Fact]
    public void EveryFormat_SaysNoOfFilesOfTheOthers()
    {
        string[] files = ["vllm/completion-nested.json", "vllm/routed_experts.npy", "sglang/stat.npz", "sglang/legacy-rank0.csv", "olmoe/routing.jsonl", "megatron/router_replay.npz"];
        foreach (var format in Importers.All)
            foreach (var file in files)
            {
                try
                {
                    Import.File(Import.Fixture(file), new ImportOptions { Format = format.Name });
                }
                catch (UserError)
                {
                }
            }
    }

    private static (ImportReport Report, CollectingSink Sink) Npy(byte[] bytes, ImportOptions? options = null)
    {
        using var file = new TemporaryFile("ids.npy", bytes);
        return Import.File(file.Path, options);
    }

    private static (ImportReport Report, CollectingSink Sink) Npz(byte[] bytes)
    {
        using var file = new TemporaryFile("a.npz", bytes);
        return Import.File(file.Path);
    }

    private static TemporaryFile Megatron(string name, int[] shape, double each, double[] forwards, params (string Name, double Value)[] numbers)
    {
        var version = "mcore_ep_load_dump_v1";
        var text = NumpyFiles.Raw(NumpyFiles.Header($"<U{version.Length}", []).Replace("(,)", "()", StringComparison.Ordinal), Encoding.UTF32.GetBytes(version));
        double[] loads = [.. Enumerable.Repeat(each, shape.Aggregate(1, (p, n) => p * n))];
        // What lies behind a layer's last forward was never written.
        for (var l = 0; l < shape[0]; l++)
            for (var i = (int)forwards[l] * shape[2]; i < shape[1] * shape[2]; i++) loads[l * shape[1] * shape[2] + i] = -77;
        return new TemporaryFile(name, NumpyFiles.Npz(
            CompressionLevel.NoCompression,
            [("dump_version", text), ("loads", NumpyFiles.Npy("<i4", shape, loads)), ("layer_numbers", NumpyFiles.Npy("<i4", [2], [3, 6])), ("forward_counts", NumpyFiles.Npy("<i4", [2], forwards)),
                .. numbers.Select(n => (n.Name, NumpyFiles.Raw(NumpyFiles.Header("<i4", []).Replace("(,)", "()", StringComparison.Ordinal), BitConverter.GetBytes((int)n.Value))))]));
    }

    /// <summary>Ids [tokens, layers, k] of routers that each like experts of their own, distinct in a row.</summary>
    private static IEnumerable<int> Draw(Random random, int tokens, int layers, int k, int experts)
    {
        var odds = Enumerable.Range(0, layers).Select(_ => Enumerable.Range(0, experts).Select(_ => tokens > 50 ? Math.Pow(random.NextDouble(), 3) : 1).ToArray()).ToArray();
        for (var t = 0; t < tokens; t++)
            for (var l = 0; l < layers; l++)
                foreach (var e in Enumerable.Range(0, experts).OrderByDescending(e => Math.Pow(random.NextDouble(), 1 / odds[l][e])).Take(k)) yield return e;
    }

    private static (int[] Shape, double[] Values) Permuted(int[] shape, double[] values, int[] axes)
    {
        int[] permuted = [.. axes.Select(a => shape[a])];
        var result = new double[values.Length];
        for (var i = 0; i < result.Length; i++)
        {
            var index = new int[3];
            for (int axis = 2, rest = i; axis >= 0; axis--) (index[axes[axis]], rest) = (rest % permuted[axis], rest / permuted[axis]);
            result[i] = values[(index[0] * shape[1] + index[1]) * shape[2] + index[2]];
        }
        return (permuted, result);
    }
}
