using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Formats;

/// <summary>The importers, in the order in which they are asked. A new format is one file and one line here.</summary>
public static class Importers
{
    private static readonly IImporter[] Known =
    [
        new VllmCompletion(),
        new SglangStat(),
        new SglangPerToken(),
        new SglangResponse(),
        new SglangCsv(),
        new MegatronLoads(),
        new MegatronReplay(),
        new OlmoeJsonl(),
        new MoeDebuggerEvents(),
        new PlainArrays(),
    ];

    /// <summary>Name and description of each.</summary>
    public static IReadOnlyList<(string Name, string Description)> All { get; } = [.. Known.Select(i => (i.Name, i.Description))];

    /// <summary>
    /// Imports <paramref name="paths"/>, one recording, into <paramref name="sink"/>. The files are read twice: first for what they hold, then batch by batch.
    /// </summary>
    /// <param name="writer">Program and version, for <see cref="TraceInfo.Writer"/>.</param>
    /// <param name="created">When the trace is made.</param>
    /// <exception cref="UserError">A file is not of a known format, is damaged, or does not say something that is needed.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static ImportReport Import(IReadOnlyList<string> paths, ImportOptions options, string writer, DateTimeOffset created, IImportSink sink, CancellationToken cancelled)
    {
        var files = new List<ImportFile>();
        try
        {
            foreach (var path in paths) files.Add(ImportFile.Open(path));
            var importer = Choose(files, options);
            if (files.Count > 1 && !importer.TakesSeveral)
                throw new UserError("MOE7220", $"a recording of the format {importer.Name} is one file, and {files.Count} are given.", $"Import them one by one.");
            var trace = importer.Open(files, options);
            return new ImportRun(importer.Name, trace, options, cancelled).Into(sink, new TraceInfo
            {
                Writer = writer, Kind = TraceKind.Import, Created = created, Source = string.Join(", ", paths), ModelType = trace.ModelType,
            });
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new UserError("MOE7221", $"{string.Join(", ", paths)} cannot be read: {cause.Message}", $"Check the disk, or copy the file again.", cause);
        }
        finally
        {
            foreach (var file in files) file.Dispose();
        }
    }

    private static IImporter Choose(List<ImportFile> files, ImportOptions options)
    {
        if (options.Format is { } name)
            return Known.FirstOrDefault(i => i.Name == name)
                ?? throw new UserError("MOE7222", $"there is no format {name}.", $"Formats: {string.Join(", ", Known.Select(i => i.Name))}.");
        IImporter? chosen = null;
        foreach (var file in files)
        {
            var importer = Known.FirstOrDefault(i => i.Recognises(file))
                ?? throw new UserError("MOE7223", $"{file.Path} ({Describe(file)}) is not a recording of a known format.", $"docs/formats.md says how each is recognised; --format names one.");
            if (chosen is not null && chosen != importer)
                throw new UserError("MOE7224", $"{files[0].Path} is of the format {chosen.Name}, {file.Path} of {importer.Name}.", $"Import them one by one.");
            chosen = importer;
        }
        return chosen!;
    }

    private static string Describe(ImportFile file) => file.Kind switch
    {
        ImportFileKind.Npy => file.Array.Header.Describe(),
        ImportFileKind.Npz => $"npz with {Few(file.Npz.Names)}",
        ImportFileKind.Json => file.First.ValueKind == System.Text.Json.JsonValueKind.Object ? $"JSON with {Few([.. file.First.EnumerateObject().Select(Name)])}" : "JSON without an object",
        _ => $"CSV with {Few(file.FirstLine.Split(','))}",
    };

    /// <summary>Half of a surrogate pair in a key has no text.</summary>
    private static string Name(System.Text.Json.JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return "?";
        }
    }

    private static string Few(IReadOnlyCollection<string> names) => string.Join(", ", names.Take(6).Select(n => n.Length > 40 ? n[..40] : n)) + (names.Count > 6 ? " ..." : "");
}
