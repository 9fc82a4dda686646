using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MoeDevtools.Capture;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Debugging;

/// <summary>
/// What stands in for source code: one line a module of the model, of which the router lines take breakpoints. The same architecture has the same text and so the same
/// file, whatever its weights are: breakpoints in it survive restarts. Immutable.
/// </summary>
public sealed class ModelListing
{
    private readonly List<string> _modules = [];
    private readonly Dictionary<int, RouterInfo> _routers = [];      // by line, from 1
    private readonly int[] _lineOf;                                  // by index of the router

    private ModelListing(string family, IReadOnlyList<RouterInfo> routers, IEnumerable<(string Module, string Words)> modules)
    {
        _lineOf = new int[routers.Count];
        var byName = routers.ToDictionary(r => r.Name, StringComparer.Ordinal);
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{family}: breakpoints go on router lines\n");
        var line = 1;
        foreach (var (module, words) in modules)
        {
            line++;
            _modules.Add(module);
            var router = byName.GetValueOrDefault(module);
            if (router is not null)
            {
                _routers[line] = router;
                _lineOf[router.Index] = line;
            }
            text.Append(CultureInfo.InvariantCulture, $"{module}  {(router is null ? words : $"router L{router.Id.Layer}: {router.Rule.Describe()}")}\n");
        }
        (Text, Lines) = (text.ToString(), line);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));
        FileName = $"{family}-{hash[..12]}.moe";
    }

    /// <summary>UTF-8, lines that end with LF.</summary>
    public string Text { get; }

    public int Lines { get; }

    /// <summary>Family and hash of the text.</summary>
    public string FileName { get; }

    /// <summary>The module of each line from the second on.</summary>
    public IReadOnlyList<string> Modules => _modules;

    /// <summary>Modules of a checkpoint; of anything else its routers.</summary>
    public static ModelListing Of(IRoutingSource source) => source is ModelSession model
        ? new ModelListing(model.Checkpoint.Config.ModelType, source.Routers, ModulesOf(model))
        : new ModelListing("routers", source.Routers, source.Routers.Select(r => (r.Name, "")));

    /// <summary>Null where the line is no router.</summary>
    /// <param name="line">From 1.</param>
    public RouterInfo? RouterAt(int line) => _routers.GetValueOrDefault(line);

    /// <summary>From 1.</summary>
    public int LineOf(RouterInfo router) => _lineOf[router.Index];

    /// <summary>The router whose line is nearest, the one below where two are.</summary>
    public (int Line, RouterInfo Router) Nearest(int line)
    {
        var at = _routers.Keys.OrderBy(l => Math.Abs((long)l - line)).ThenByDescending(l => l).First();
        return (at, _routers[at]);
    }

    /// <summary>The file in <paramref name="folder"/>, written if it is not there; read-only.</summary>
    /// <returns>Its full path.</returns>
    /// <exception cref="UserError">The folder cannot be written.</exception>
    public string WriteTo(string folder)
    {
        var path = Path.GetFullPath(Path.Combine(folder, FileName));
        try
        {
            if (File.Exists(path) && File.ReadAllText(path) == Text) return path;
            Directory.CreateDirectory(folder);
            var written = $"{path}.{Guid.NewGuid():N}";
            File.WriteAllText(written, Text);
            File.SetAttributes(written, FileAttributes.ReadOnly);
            File.Move(written, path, overwrite: true);       // whole, or not at all, also beside another process
            return path;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserError("MOE4106", $"the model listing {path} cannot be written: {error.Message}", $"Make the folder writable, or set XDG_CACHE_HOME to one that is.", error);
        }
    }

    /// <summary>Modules by the names of their tensors, numbers counted as numbers; the experts of a layer share a line.</summary>
    private static IEnumerable<(string Module, string Words)> ModulesOf(ModelSession model)
    {
        var modules = new Dictionary<string, SortedDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var router in model.Routers) modules[router.Name] = [];
        foreach (var tensor in model.Checkpoint.Tensors)
        {
            var dot = tensor.Name.LastIndexOf('.');
            var (module, parameter) = dot < 0 ? (tensor.Name, "") : (WithoutExpert(tensor.Name[..dot]), tensor.Name[(dot + 1)..]);
            if (!modules.TryGetValue(module, out var parameters)) modules[module] = parameters = new(StringComparer.Ordinal);
            parameters[parameter] = $"{parameter} [{string.Join(", ", tensor.Shape.ToArray())}]".TrimStart();
        }
        return modules.OrderBy(m => Key(m.Key), StringComparer.Ordinal).Select(m => (m.Key, string.Join(", ", m.Value.Values)));
    }

    private static string WithoutExpert(string module)
    {
        var segments = module.Split('.');
        for (var i = 1; i < segments.Length; i++)
            if (segments[i - 1] == "experts" && int.TryParse(segments[i], NumberStyles.None, CultureInfo.InvariantCulture, out _)) segments[i] = "*";
        return string.Join('.', segments);
    }

    private static string Key(string module) => string.Join('.', module.Split('.').Select(s => s.All(char.IsAsciiDigit) ? s.PadLeft(8, '0') : s));
}
