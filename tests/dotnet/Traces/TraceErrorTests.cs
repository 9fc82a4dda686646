using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Tests.Routing;
using MoeDevtools.Traces;
using MoeDevtools.Traces.Storage;

namespace MoeDevtools.Tests.Traces;

/// <summary>Files that cannot be read or written, and what is said of them.</summary>
public sealed class TraceErrorTests : IDisposable
{
    private static readonly RouterInfo Router = Batches.Router(8, 2);

    private readonly TraceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void MissingFile_IsNamed() => Throws("MOE7110", () => TraceReader.Open(_folder.File));

    [Fact]
    public void Folder_IsNoFile() => Throws("MOE7110", () => TraceReader.Open(Path.GetTempPath()));

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("a text that is longer than the header of a database, so that its length alone does not give it away, is no trace")]
    public void FileOfAnotherKind_IsNoTrace(string text)
    {
        File.WriteAllText(_folder.File, text);
        Throws("MOE7111", () => TraceReader.Open(_folder.File));
        if (text.Length > 0) Throws("MOE7101", () => TraceWriter.Create(_folder.File, TraceFolder.Info, [Router], new TraceOptions()));
        Assert.Equal(text, File.ReadAllText(_folder.File));
    }

    [Fact]
    public void DatabaseOfAnotherProgram_IsNoTraceAndStays()
    {
        using (var database = Database.OpenToWrite(_folder.File)) database.Execute("CREATE TABLE t (x)");
        Throws("MOE7111", () => TraceReader.Open(_folder.File));
        Throws("MOE7101", () => TraceWriter.Create(_folder.File, TraceFolder.Info, [Router], new TraceOptions()));
        using var again = Database.OpenToRead(_folder.File);
        Assert.Equal(0, again.Number("SELECT count(*) FROM t"));
    }

    [Fact]
    public void NewerVersion_IsRefused()
    {
        Write();
        using (var database = Database.OpenToWrite(_folder.File)) database.Execute("PRAGMA user_version = 4");
        Throws("MOE7112", () => TraceReader.Open(_folder.File));
    }

    [Fact]
    public void TruncatedFile_IsRefusedOrDamaged()
    {
        Write();
        var bytes = File.ReadAllBytes(_folder.File);
        foreach (var length in new[] { 0, 1, 99, 100, 4096, bytes.Length / 2, bytes.Length - 1 })
        {
            File.WriteAllBytes(_folder.File, bytes[..length]);
            Throws(length < 100 ? "MOE7111" : "MOE7113", () => TraceReader.Open(_folder.File));
        }
    }

    [Fact]
    public void OverwrittenBytes_AreAnErrorOfTheFileOrGiveData()
    {
        Write();
        var bytes = File.ReadAllBytes(_folder.File);
        var random = new Random(3);
        for (var round = 0; round < 60; round++)
        {
            var damaged = (byte[])bytes.Clone();
            random.NextBytes(damaged.AsSpan(100 + random.Next(damaged.Length - 1100), 1000));
            File.WriteAllBytes(_folder.File, damaged);
            try
            {
                using var reader = TraceReader.Open(_folder.File);
                var (pass, batch) = (new RoutingPass(), new RoutingBatch());
                foreach (var key in TraceRoundTripTests.Walk(reader.First(), k => reader.Next(k)).Take(1000)) reader.Read(key, pass, batch);
                _ = (reader.Extent(), reader.Sequences(), reader.Tokens().Count(), reader.Loads(0, 0, 9).Count(), reader.Drops());
            }
            catch (UserError error)
            {
                Assert.Contains(error.Id, new[] { "MOE7114", "MOE7115", "MOE7117" });
            }
            try
            {
                Assert.InRange(MoeDevtools.Traces.Maintenance.TraceVerifier.Check(_folder.File, default).Take(100).Count(), 0, 100);
            }
            catch (UserError error)
            {
                Assert.Contains(error.Id, new[] { "MOE7114", "MOE7117" });
            }
        }
    }

    [Fact]
    public void LogThatIsGone_IsNamed()
    {
        Unclosed();
        File.Delete(_folder["a.moetrace-wal"]);
        File.Delete(_folder["a.moetrace-shm"]);
        var error = Throws("MOE7115", () => TraceReader.Open(_folder.File));
        Assert.Contains("a.moetrace-wal", error.Message, StringComparison.Ordinal);
        using var reader = TraceReader.Open(_folder.File, withoutLog: true);
        Assert.Equal(0, reader.Extent().Batches);
    }

    [Fact]
    public void UnclosedFile_OpensWithAllThatWasCommitted()
    {
        Unclosed();
        using var reader = TraceReader.Open(_folder.File);
        Assert.Equal(20, reader.Extent().Batches);
        Assert.False(reader.IsClosed);
        Assert.Empty(MoeDevtools.Traces.Maintenance.TraceVerifier.Check(_folder.File, default));
    }

    [Fact]
    public void ClosedFile_OnAMediumWhereNothingCanBeWritten_IsReadWithoutLocks()
    {
        Write();
        var path = _folder["a b#c%41?.moetrace"];
        File.Move(_folder.File, path);
        using var database = Database.OpenImmutable(path);
        Assert.Equal(2000, database.Number("SELECT batches FROM totals"));
    }

    [Fact]
    public void FolderThatIsMissing_IsNamed() =>
        Throws("MOE7104", () => TraceWriter.Create(_folder["none/a.moetrace"], TraceFolder.Info, [Router], new TraceOptions()));

    [Fact]
    public void FileThatIsRemoved_EndsTheRecordingWithOneError()
    {
        using var writer = TraceWriter.Create(_folder.File, TraceFolder.Info, [Router], new TraceOptions());
        writer.Add(Batches.Chosen(Router, 1, [0, 1]));
        writer.Flush();
        File.Delete(_folder.File);
        writer.Add(Batches.Chosen(Router, 2, [0, 1]));
        Throws("MOE7105", writer.Flush);
        Assert.True(writer.HasEnded);
        writer.Add(Batches.Chosen(Router, 3, [0, 1]));
        writer.Flush();
        Assert.Equal(RoutingColumns.None, writer.Wanted(Router));
        writer.Close();
    }

    [Fact]
    public void GlobThatNoRouterHas_IsRefused() =>
        Throws("MOE7107", () => TraceWriter.Create(_folder.File, TraceFolder.Info, [Router], new TraceOptions { Routers = ["model.layer.*"] }));

    [Fact]
    public async Task Reader_WhileWritingGoesOn_SeesWholeBatchesOnly()
    {
        using var writer = TraceWriter.Create(_folder.File, TraceFolder.Info, [Router], new TraceOptions());
        using var done = new CancellationTokenSource();
        var reading = Task.Run(() =>
        {
            using var reader = TraceReader.Open(_folder.File);
            var (pass, batch, last, seen) = (new RoutingPass(), new RoutingBatch(), new BatchKey(0, 0, 0, 0), 0);
            while (true)
            {
                var over = done.IsCancellationRequested;
                while (reader.Next(last) is { } key)
                {
                    Assert.True(reader.Read(key, pass, batch));
                    Assert.Equal([(int)(key.Step % 8), (int)((key.Step + 1) % 8)], batch.SelectedExperts);
                    (last, seen) = (key, seen + 1);
                }
                if (over) return seen;
            }
        });
        for (var step = 1; step <= 3000; step++)
        {
            writer.Add(Batches.Chosen(Router, step, [step % 8, (step + 1) % 8]));
            if (step % 100 == 0) writer.Flush();
        }
        await done.CancelAsync();
        Assert.Equal(3000, await reading);
    }

    internal static UserError Throws(string id, Action action)
    {
        var error = Assert.Throws<UserError>(action);
        Assert.Equal(id, error.Id);
        return error;
    }

    private void Write() => _folder.Write([Router], Enumerable.Range(1, 2000).Select(step => Batches.Chosen(Router, step, [0, 1], [2, 3])));

    /// <summary>What a killed recording leaves: the file and its log, copied while it was recorded.</summary>
    private void Unclosed()
    {
        var live = _folder["live"];
        using (var writer = TraceWriter.Create(live, TraceFolder.Info, [Router], new TraceOptions()))
        {
            for (var step = 1; step <= 20; step++) writer.Add(Batches.Chosen(Router, step, [0, 1]));
            writer.Flush();
            foreach (var end in new[] { "", "-wal", "-shm" }) File.Copy(live + end, _folder.File + end);
        }
        File.Delete(live);
    }
}
