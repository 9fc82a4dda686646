using System.Text;
using MoeDevtools.Routing;
using MoeDevtools.Routing.Rules;
using MoeDevtools.Tests.Routing;
using MoeDevtools.Traces;
using MoeDevtools.Traces.Maintenance;
using MoeDevtools.Traces.Storage;

namespace MoeDevtools.Tests.Traces;

public sealed class MaintenanceTests : IDisposable
{
    private readonly TraceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Compaction_LosesNothing(int seed)
    {
        var random = new Random(seed);
        var routers = RandomTraces.Routers(random);
        var batches = RandomTraces.Run(random, routers, 6).ToList();
        _folder.Write(routers, batches, new TraceOptions { HalfPrecision = seed == 3 }, AddRecords);
        Assert.Empty(TraceVerifier.Check(_folder.File, default));
        var result = TraceRewriter.Rewrite(_folder.File, _folder["b.moetrace"], new RewriteOptions { Compact = true }, default);
        Assert.Equal((batches.Count, new FileInfo(_folder.File).Length), (result.Batches, result.BytesBefore));
        Assert.Empty(TraceVerifier.Check(_folder["b.moetrace"], default));
        AssertSame(_folder.File, _folder["b.moetrace"]);

        TraceRewriter.Rewrite(_folder["b.moetrace"], _folder["b.moetrace"], new RewriteOptions { Compact = true }, default);
        AssertSame(_folder.File, _folder["b.moetrace"]);
        Assert.Equal(["a.moetrace", "b.moetrace"], _folder.Names);
    }

    [Fact]
    public void Compaction_OfWhatTheRuleMakes_KeepsOnlyTheLogits()
    {
        var random = new Random(4);
        var router = Batches.Router(new RouterRule { Experts = 64, K = 8, Normalise = true });
        var batches = Enumerable.Range(1, 40).Select(step => Batches.Routed(router, step, [.. Enumerable.Range(0, 64).Select(_ => Enumerable.Range(0, 64).Select(_ => random.NextSingle()).ToArray())])).ToList();
        _folder.Write([router], batches);
        var result = TraceRewriter.Rewrite(_folder.File, _folder.File, new RewriteOptions { Compact = true }, default);
        Assert.Equal(4 * batches.Count, result.ColumnsLeftOut);
        Assert.True(result.BytesAfter < 0.4 * result.BytesBefore, $"{result.BytesAfter} of {result.BytesBefore} bytes");
        using var reader = TraceReader.Open(_folder.File);
        var (pass, read) = (new RoutingPass(), new RoutingBatch());
        foreach (var batch in batches)
        {
            Assert.True(reader.Read(TraceRoundTripTests.KeyOf(batch), pass, read));
            SameBatch.Assert(batch, read);
            Assert.True(reader.Read(TraceRoundTripTests.KeyOf(batch), pass, read, RoutingColumns.SelectedExperts));
            SameBatch.Assert(batch, read, RoutingColumns.SelectedExperts);
        }
    }

    [Fact]
    public void DerivedColumns_ThatComeOutDifferently_AreAnErrorAndNotADifferentNumber()
    {
        var router = Batches.Router(4, 2);
        _folder.Write([router], [Batches.Routed(router, 1, [1, 2, 3, 4])]);
        TraceRewriter.Rewrite(_folder.File, _folder.File, new RewriteOptions { Compact = true }, default);
        Change("UPDATE batches SET derived_crc = derived_crc + 1");
        using var reader = TraceReader.Open(_folder.File);
        TraceErrorTests.Throws("MOE7114", () => reader.Read(new BatchKey(1, 0, 0, 0), new RoutingPass(), new RoutingBatch()));
    }

    [Fact]
    public void Redaction_LeavesNoTextOrIdInTheBytesOfTheFile()
    {
        const string Secret = "XYZZYsecret";
        const int SecretId = 0x5A4B3C2D;
        var router = Batches.Router(8, 2);
        var batch = Batches.Chosen(router, 1, [0, 1], [2, 3]);
        (batch.Pass.Rows.TokenId[0], batch.Pass.Rows.Text[0], batch.Pass.Rows.Text[1], batch.Pass.Rows.Label[1]) = (SecretId, Secret + 1, Secret + 2, Secret + 3);
        using (var writer = TraceWriter.Create(_folder.File, TraceFolder.Info with { Request = Secret + 4, Source = $"/data/{Secret}/model" }, [router], new TraceOptions()))
        {
            writer.Add(new TraceSequence(0, Secret + 5, Secret + 6, [SecretId]));
            writer.Add(batch);
            writer.Add(new TraceToken(0, 1, 2, SecretId, Secret + 7, -1, Secret + 8));
            writer.Add(new TraceStop(new BatchKey(1, 0, 0, 0), 0, "breakpoint", Secret + 9));
        }
        Assert.True(Holds(_folder.File, Secret) && Holds(_folder.File, BitConverter.GetBytes(SecretId)));
        TraceRewriter.Rewrite(_folder.File, _folder["b.moetrace"], new RewriteOptions { Redact = true, KeepLabels = true }, default);
        using (var kept = TraceReader.Open(_folder["b.moetrace"])) Assert.Equal((Secret + 5, Secret + 6), (kept.Sequences()[0].Id, kept.Sequences()[0].Label));
        TraceRewriter.Rewrite(_folder.File, _folder.File, new RewriteOptions { Redact = true }, default);
        foreach (var encoding in new[] { Encoding.UTF8, Encoding.Unicode }) Assert.False(Holds(_folder.File, encoding.GetBytes(Secret)));
        Assert.False(Holds(_folder.File, BitConverter.GetBytes(SecretId)));
        Assert.False(Holds(_folder.File, BitConverter.GetBytes(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(SecretId))));
        Assert.Empty(TraceVerifier.Check(_folder.File, default));

        using var reader = TraceReader.Open(_folder.File);
        var (pass, read) = (new RoutingPass(), new RoutingBatch());
        Assert.True(reader.Read(new BatchKey(1, 0, 0, 0), pass, read));
        Assert.Equal([0, 1, 2, 3], read.SelectedExperts);
        Assert.Equal([-1, -1], pass.Rows.TokenId[..2]);
        Assert.All(pass.Rows.Text[..2], Assert.Null);
        Assert.Equal("redacted", Assert.Single(reader.Drops()).Reason);
        Assert.Equal("model", reader.Info.Source);
        Assert.Null(reader.Info.Request);
        Assert.Equal(-1, Assert.Single(reader.Tokens()).Id);
    }

    [Theory]
    [InlineData("UPDATE batches SET selected_experts = x'00' WHERE id = (SELECT min(id) FROM batches)", "a column of 1 bytes in place of 2")]
    [InlineData("UPDATE batches SET selected_experts = x'0063' WHERE id = (SELECT min(id) FROM batches)", "out of range")]
    [InlineData("UPDATE batches SET selected_experts = x'0203' WHERE id = (SELECT min(id) FROM batches)", "not those of its batches")]
    [InlineData("UPDATE loads SET counts = x'' WHERE id = (SELECT min(id) FROM loads)", "not those of its batches")]
    [InlineData("DELETE FROM loads", "not those of its batches")]
    [InlineData("DELETE FROM passes WHERE step = 1", "belong to no pass")]
    [InlineData("UPDATE passes SET position = x'' WHERE step = 1", "a column of rows of 0 bytes")]
    [InlineData("UPDATE totals SET decisions = 7", "do not say 3 batches and 3 decisions")]
    [InlineData("UPDATE batches SET id = id + 9", "no such router")]
    public void Verify_SaysWhatContradicts(string damage, string expected)
    {
        var router = Batches.Router(8, 2);
        _folder.Write([router], Enumerable.Range(1, 3).Select(step => Batches.Chosen(router, step, [0, 1])));
        Assert.Empty(TraceVerifier.Check(_folder.File, default));
        Change(damage);
        Assert.Contains(TraceVerifier.Check(_folder.File, default), p => p.What.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Rewriting_InPlaceWhileItIsRecorded_IsRefused()
    {
        using var writer = TraceWriter.Create(_folder.File, TraceFolder.Info, [Batches.Router(8, 2)], new TraceOptions());
        TraceErrorTests.Throws("MOE7102", () => TraceRewriter.Rewrite(_folder.File, _folder.File, new RewriteOptions { Compact = true }, default));
        TraceErrorTests.Throws("MOE7102", () => TraceWriter.Create(_folder.File, TraceFolder.Info, [Batches.Router(8, 2)], new TraceOptions()).Dispose());
        TraceRewriter.Rewrite(_folder.File, _folder["b.moetrace"], new RewriteOptions { Compact = true }, default);
        Assert.Empty(TraceVerifier.Check(_folder["b.moetrace"], default));
    }

    private static void AddRecords(TraceWriter writer)
    {
        writer.Add(new TraceSequence(0, "a", null, [1, 2]));
        writer.Add(new TraceToken(0, 3, 7, 42, " x", -0.5, "s"));
        writer.Add(new TraceStop(new BatchKey(1, 0, 0, 0), 5, "step", null));
        writer.Add(new TraceIntervention(1, "* : mask 3", (new BatchKey(1, 0, 0, 0), 2), true, null));
        writer.Add(new TraceAnomaly(new BatchKey(1, 0, 0, 0), 3, "nan_logits", "error", "NaN"));
        writer.Add(new TraceDrop(1, 2, 30, "queue"));
        writer.Add(new TraceChecksum(3, 0, "abc"));
    }

    private static void AssertSame(string a, string b)
    {
        using var left = TraceReader.Open(a);
        using var right = TraceReader.Open(b);
        Assert.Equal(left.Extent(), right.Extent());
        Assert.Equal(left.Info.Created, right.Info.Created);
        Assert.Equal(left.Tokens(), right.Tokens());
        Assert.Equal(left.Stops(), right.Stops());
        Assert.Equal(left.Interventions(), right.Interventions());
        Assert.Equal(left.Anomalies(), right.Anomalies());
        Assert.Equal(left.Drops(), right.Drops());
        Assert.Equal(left.Checksums(), right.Checksums());
        Assert.Equivalent(left.Sequences(), right.Sequences());
        var keys = TraceRoundTripTests.Walk(left.First(), k => left.Next(k));
        Assert.Equal(keys, TraceRoundTripTests.Walk(right.First(), k => right.Next(k)));
        var (pass, batch, otherPass, other) = (new RoutingPass(), new RoutingBatch(), new RoutingPass(), new RoutingBatch());
        foreach (var key in keys)
        {
            Assert.True(left.Read(key, pass, batch, RoutingColumns.All, out var problems) & right.Read(key, otherPass, other, RoutingColumns.All, out var otherProblems));
            Assert.Equal(problems, otherProblems);
            SameBatch.Assert(batch, other);
        }
    }

    private void Change(string sql)
    {
        using var database = Database.OpenToWrite(_folder.File);
        database.Execute(sql);
    }

    private static bool Holds(string file, string text) => Holds(file, Encoding.UTF8.GetBytes(text));

    private static bool Holds(string file, byte[] bytes) => System.IO.File.ReadAllBytes(file).AsSpan().IndexOf(bytes) >= 0;
}
