using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Capture;

/// <summary>
/// What stands in for source code: one line a module of the model, of which the router lines take breakpoints. The same architecture has the same text and so the same
/// file, whatever its weights are: breakpoints in it survive restarts, and a recording, which holds the text, is replayed over the same file. Immutable.
/// </summary>
public sealed partial class ModelListing
{
    private const string Heading = ": breakpoints go on router lines";

    private readonly List<string> _modules = [];
    private readonly Dictionary<int, RouterInfo> _routers = [];      // by line, from 1
    private readonly int[] _lineOf;                                  // by index of the router

    /// <param name="text">A heading that begins with the family, and a line a module: its name, two spaces, words.</param>
    private ModelListing(string text, IReadOnlyList<RouterInfo> routers)
    {
        var lines = text.Split('\n')[..^1];
        var byName = routers.ToDictionary(r => r.Name, StringComparer.Ordinal);
        _lineOf = new int[routers.Count];
        for (var line = 2; line <= lines.Length; line++)
        {
            var module = lines[line - 1].Split("  ", 2)[0];
            _modules.Add(module);
            if (byName.GetValueOrDefault(module) is not { } router) continue;
            _routers[line] = router;
            _lineOf[router.Index] = line;
        }
        (Text, Lines) = (text, lines.Length);
        Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
        FileName = $"{text[..text.IndexOf(Heading, StringComparison.Ordinal)]}-{Hash}.moe";
    }

    /// <summary>UTF-8, lines that end with LF.</summary>
    public string Text { get; }

    public int Lines { get; }

    /// <summary>Of the text, 16 hexadecimal digits.</summary>
    public string Hash { get; }

    /// <summary>Family and <see cref="Hash"/>.</summary>
    public string FileName { get; }

    /// <summary>The module of each line from the second on.</summary>
    public IReadOnlyList<string> Modules => _modules;

    /// <summary>Modules of a checkpoint, also in the replay of a recording that knows them; of anything else its routers.</summary>
    public static ModelListing Of(IRoutingSource source) => source switch
    {
        ModelSession model => new ModelListing(Write(model.Checkpoint.Config.ModelType, source.Routers, ModulesOf(model)), source.Routers),
        ReplaySession { Info.Listing: { } recorded } when IsOf(recorded, source.Routers) => new ModelListing(recorded, source.Routers),
        _ => new ModelListing(Write("routers", source.Routers, source.Routers.Select(r => (r.Name, ""))), source.Routers),
    };

    /// <summary>Null where the line is no router.</summary>
    /// <param name="line">From 1.</param>
    public RouterInfo? RouterAt(int line) => _routers.GetValueOrDefault(line);

    /// <summary>From 1.</summary>
    public int LineOf(RouterInfo router) => _lineOf[router.Index];

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
            throw new UserError("MOE5023", $"the model listing {path} cannot be written: {error.Message}", $"Make the folder writable, or set XDG_CACHE_HOME to one that is.", error);
        }
    }

    private static string Write(string family, IReadOnlyList<RouterInfo> routers, IEnumerable<(string Module, string Words)> modules)
    {
        var byName = routers.ToDictionary(r => r.Name, StringComparer.Ordinal);
        var text = new StringBuilder(family).Append(Heading).Append('\n');
        foreach (var (module, words) in modules)
            text.Append(CultureInfo.InvariantCulture, $"{module}  {(byName.GetValueOrDefault(module) is { } router ? $"router L{router.Id.Layer}: {router.Rule.Describe()}" : words)}\n");
        return text.ToString();
    }

    /// <summary>What a file says is a listing is one if its family can be part of a file's name and each router has a line.</summary>
    private static bool IsOf(string text, IReadOnlyList<RouterInfo> routers) =>
        Recorded().IsMatch(text) && routers.All(r => text.Contains($"\n{r.Name}  ", StringComparison.Ordinal));

    [GeneratedRegex($@"^[A-Za-z0-9_-]+{Heading}\n(?:.*\n)+\z")]
    private static partial Regex Recorded();

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
