using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints;

/// <summary>Finds the folder with config.json: the given one, or a snapshot in the hub's cache layout.</summary>
/// <remarks>
/// The cache (huggingface_hub, "Understand caching") has <c>models--org--name/refs/main</c>, a file that names a commit, and
/// <c>snapshots/commit/</c>, whose files are links to <c>../../blobs/</c>.
/// </remarks>
internal static class ModelFolder
{
    public const string ConfigFile = "config.json";

    public static string Resolve(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw NoFolder(folder);
        }
        string snapshots = Path.Combine(folder, "snapshots");
        if (!InputFile.Exists(Path.Combine(folder, ConfigFile)) && Directory.Exists(snapshots))
        {
            folder = Snapshot(folder, snapshots);
        }
        return InputFile.Exists(Path.Combine(folder, ConfigFile)) ? folder : throw NotAModel(folder);
    }

    private static UserError NoFolder(string path)
    {
        if (!File.Exists(path))
        {
            return new UserError("MOE1001",
                $"There is no folder {Shown.Text(path)}.",
                $"Give the folder of a model, as \"hf download\" leaves it.");
        }
        if (new FileInfo(path).LinkTarget is not null)
        {
            // Throws, and says why, when the link leads nowhere.
            InputFile.Open(path).Dispose();
        }
        return new UserError("MOE1002", $"{Shown.Text(path)} is a file.", $"Give the folder that it is in.");
    }

    private static string Snapshot(string folder, string snapshots)
    {
        string[] present = [.. InputFile.Names(snapshots).Where(name => Directory.Exists(Path.Combine(snapshots, name)))];
        string main = Path.Combine(folder, "refs", "main");
        if (InputFile.Exists(main))
        {
            string commit = System.Text.Encoding.UTF8.GetString(InputFile.ReadAll(main)).Trim();
            // Looked up among the names, so that a commit like "../.." leads nowhere.
            return present.Contains(commit) ? Path.Combine(snapshots, commit) : throw new UserError("MOE1005",
                $"{main} names the snapshot {Shown.Text(commit)}, which is not among the {present.Length} in {snapshots}.",
                $"Download the model again.");
        }
        return present switch
        {
            [var only] => Path.Combine(snapshots, only),
            [] => throw new UserError("MOE1003",
                $"{snapshots} is empty: no revision of the model was downloaded.",
                $"Download the model again."),
            _ => throw new UserError("MOE1004",
                $"{snapshots} has {present.Length} snapshots and no refs/main that says which to take: {string.Join(", ", present)}.",
                $"Give the folder of one snapshot."),
        };
    }

    private static UserError NotAModel(string folder)
    {
        string[] names = InputFile.Names(folder);
        string[] models = [.. names.Where(name => IsModel(Path.Combine(folder, name)))];
        return new UserError("MOE1017",
            $"{Shown.Text(folder)} is not a model: it has no {ConfigFile}; in it are: {Shown.List(names)}.",
            models.Length == 0
                ? (FormattableString)$"Give the folder of a model, as \"hf download\" leaves it."
                : $"Give one of the models in it: {Shown.List(models)}.");
    }

    private static bool IsModel(string folder) =>
        File.Exists(Path.Combine(folder, ConfigFile)) || Directory.Exists(Path.Combine(folder, "snapshots"));
}
