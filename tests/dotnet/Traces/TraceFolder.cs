using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Tests.Traces;

/// <summary>A temporary folder for trace files of a test.</summary>
internal sealed class TraceFolder : IDisposable
{
    public static readonly TraceInfo Info = new() { Writer = "tests", Kind = TraceKind.Checkpoint, Created = new DateTimeOffset(2026, 11, 26, 8, 0, 0, TimeSpan.Zero) };

    private readonly string _folder = Directory.CreateTempSubdirectory("moe-traces-").FullName;

    public string this[string name] => Path.Combine(_folder, name);

    public string File => this["a.moetrace"];

    public IEnumerable<string> Names => Directory.GetFiles(_folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);

    /// <summary>A closed trace of these batches.</summary>
    public string Write(IReadOnlyList<RouterInfo> routers, IEnumerable<RoutingBatch> batches, TraceOptions? options = null, Action<TraceWriter>? more = null)
    {
        using var writer = TraceWriter.Create(File, Info, routers, options ?? new TraceOptions());
        foreach (var batch in batches) writer.Add(batch);
        more?.Invoke(writer);
        writer.Close();
        return File;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
