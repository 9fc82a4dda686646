using MoeDevtools.Tests.House;
using MoeDevtools.Traces.Formats;

namespace MoeDevtools.Tests.Traces.Formats;

/// <summary>Imports into memory.</summary>
internal static class Import
{
    public static string Fixture(string name) => Path.Combine(Repository.Root, "tests/fixtures/formats", name);

    public static (ImportReport Report, CollectingSink Sink) File(string path, ImportOptions? options = null) => Files([path], options);

    public static (ImportReport Report, CollectingSink Sink) Files(IReadOnlyList<string> paths, ImportOptions? options = null)
    {
        var sink = new CollectingSink();
        return (Importers.Import(paths, options ?? new ImportOptions(), "test", DateTimeOffset.UnixEpoch, sink, CancellationToken.None), sink);
    }
}
