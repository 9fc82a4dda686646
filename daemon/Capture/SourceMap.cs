using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Capture;

/// <summary>
/// Which lines belong to which routers: those of a training program's source where its routers know them, and those of the model listing, which is always there. A line of source may
/// belong to several routers, one of the listing belongs to one. Immutable: <see cref="Now"/> is that of the routers that have come since.
/// </summary>
public sealed class SourceMap
{
    private readonly IReadOnlyList<RouterInfo> _routers;
    private readonly Dictionary<string, SortedDictionary<int, List<RouterInfo>>> _files = new(RouterSource.Paths);
    private readonly (string Path, int Line)[] _places;
    private readonly IRoutingSource _source;
    private readonly HashSet<string> _listings;          // the listing's file, and those of fewer routers before it

    /// <param name="source">Whose routers they are.</param>
    /// <param name="folder">Where the listing's file is written.</param>
    /// <exception cref="UserError">The listing's file cannot be written.</exception>
    public SourceMap(IRoutingSource source, string folder) : this(source, folder, null)
    {
    }

    private SourceMap(IRoutingSource source, string folder, SourceMap? before)
    {
        _source = source;
        _routers = [.. source.Routers];
        Listing = ModelListing.Of(source);
        ListingPath = Listing.WriteTo(folder);
        foreach (var earlier in before?._listings ?? []) _files[earlier] = before!._files[earlier];
        _listings = new HashSet<string>([.. before?._listings ?? [], ListingPath], RouterSource.Paths);
        _files[ListingPath] = [];
        _places = new (string, int)[_routers.Count];
        foreach (var router in _routers)
        {
            Add(ListingPath, Listing.LineOf(router), router);
            foreach (var line in router.Sources) Add(Path.GetFullPath(line.Path), line.Line, router);
            // The program's files may be on another machine.
            var shown = router.Sources.FirstOrDefault(line => File.Exists(line.Path));
            _places[router.Index] = shown is null ? (ListingPath, Listing.LineOf(router)) : (Path.GetFullPath(shown.Path), shown.Line);
        }
    }

    /// <summary>This one, or that of all routers that the source has now, whose listing is another file; what it says of the lines of earlier ones stays.</summary>
    /// <exception cref="UserError">As the constructor.</exception>
    public SourceMap Now => _source.Routers.Count == _routers.Count ? this : new SourceMap(_source, Path.GetDirectoryName(ListingPath)!, this);

    public ModelListing Listing { get; }

    /// <summary>Full path of the listing's file.</summary>
    public string ListingPath { get; }

    /// <summary>Full paths of the files that have a router's line, the listing last.</summary>
    public IReadOnlyList<string> Files => [.. _files.Keys.Where(file => !_listings.Contains(file)).Order(StringComparer.Ordinal), ListingPath];

    public bool IsListing(string? path) => path is not null && _listings.Contains(Path.GetFullPath(path));

    /// <summary>True if the file has a router's line.</summary>
    public bool Has(string? path) => path is not null && _files.ContainsKey(Path.GetFullPath(path));

    /// <summary>The lines of a file that belong to routers, in order, each with its routers in forward order; empty where <see cref="Has"/> is false.</summary>
    public IEnumerable<(int Line, IReadOnlyList<RouterInfo> Routers)> LinesOf(string path) =>
        _files.TryGetValue(Path.GetFullPath(path), out var lines) ? lines.Select(line => (line.Key, (IReadOnlyList<RouterInfo>)line.Value)) : [];

    /// <summary>The routers of a line, in forward order; empty where it has none.</summary>
    public IReadOnlyList<RouterInfo> RoutersAt(string path, int line) =>
        _files.TryGetValue(Path.GetFullPath(path), out var lines) && lines.TryGetValue(line, out var routers) ? routers : [];

    /// <summary>The router's line that is nearest in a file that <see cref="Has"/> one, the one below where two are.</summary>
    public (int Line, RouterInfo Router) Nearest(string path, int line)
    {
        var (at, routers) = LinesOf(path).OrderBy(l => Math.Abs((long)l.Line - line)).ThenByDescending(l => l.Line).First();
        return (at, routers[0]);
    }

    /// <summary>The routers of a line, as one selector.</summary>
    /// <exception cref="UserError">The file or the line has none.</exception>
    public string SelectorAt(string? path, int line)
    {
        if (path is null || !Has(path))
            throw new UserError("MOE5138", $"no router is called or written in this file.", $"Set breakpoints on router lines of {string.Join(", ", Files)}.");
        if (RoutersAt(path, line) is { Count: > 0 } routers) return RouterNames.GlobOf(routers);
        var (at, nearest) = Nearest(path, line);
        throw new UserError("MOE5139", $"line {line} is not a router; nearest: {at} \"{nearest.Name}\".", $"Set the breakpoint there.");
    }

    /// <summary>What a breakpoint at a line of the program binds also later; null = a line of the listing is of one router.</summary>
    public (string Path, int Line)? PlaceAt(string? path, int line) => path is null || IsListing(path) ? null : (Path.GetFullPath(path), line);

    /// <summary>The line to show of a router.</summary>
    public (string Path, int Line) PlaceOf(RouterInfo router) => _places[router.Index];

    private void Add(string path, int line, RouterInfo router)
    {
        if (!_files.TryGetValue(path, out var lines)) _files[path] = lines = [];
        if (!lines.TryGetValue(line, out var routers)) lines[line] = routers = [];
        if (!routers.Contains(router)) routers.Add(router);
    }
}
