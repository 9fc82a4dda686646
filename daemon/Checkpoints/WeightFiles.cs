using System.Text.Json;
using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints;

/// <summary>Opens the weight files of a folder: one model.safetensors, or the shards that the index names.</summary>
internal static class WeightFiles
{
    private const string SingleFile = "model.safetensors";
    private const string IndexFile = "model.safetensors.index.json";

    /// <summary>The caller disposes them. Sorted by name.</summary>
    public static SafetensorsFile[] Open(string folder)
    {
        // The reference loader looks in this order too.
        string single = Path.Combine(folder, SingleFile);
        if (InputFile.Exists(single) || Directory.Exists(single))
        {
            return [SafetensorsFile.Open(single)];
        }
        string index = Path.Combine(folder, IndexFile);
        return InputFile.Exists(index) ? OpenShards(folder, index) : throw NoWeights(folder);
    }

    private static SafetensorsFile[] OpenShards(string folder, string index)
    {
        var fileOf = ReadIndex(index);
        string[] shards = [.. fileOf.Values.Distinct().Order(StringComparer.Ordinal)];
        string[] missing = [.. shards.Where(shard => !InputFile.Exists(Path.Combine(folder, shard)))];
        if (missing.Length > 0)
        {
            throw new UserError("MOE1025",
                $"{folder} has {shards.Length - missing.Length} of the {shards.Length} files of its index, not {Shown.List(missing)}.",
                $"Download the model again.");
        }
        var files = new List<SafetensorsFile>(shards.Length);
        try
        {
            foreach (string shard in shards)
            {
                files.Add(SafetensorsFile.Open(Path.Combine(folder, shard)));
            }
            RequireIndexed(index, fileOf, files);
            return [.. files];
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }
    }

    /// <summary>Tensor to file name, as weight_map has it.</summary>
    private static Dictionary<string, string> ReadIndex(string index)
    {
        var root = InputFile.ReadJsonObject(index);
        if (!root.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object || !map.EnumerateObject().Any())
        {
            throw BadIndex(index, $"has no weight_map, or an empty one");
        }
        var fileOf = new Dictionary<string, string>();
        foreach (var entry in map.EnumerateObject())
        {
            string file = entry.Value.ValueKind == JsonValueKind.String
                ? entry.Value.GetString()!
                : throw BadIndex(index, $"has no file name for {Shown.Text(entry.Name)}");
            if (!IsPlainName(file))
            {
                throw new UserError("MOE1024",
                    $"{index}: {Shown.Text(entry.Name)} should be in {Shown.Text(file)}, which is not the name of a file in this folder.",
                    $"Do not use this model unless you trust its author; a correct index has plain file names.");
            }
            if (!fileOf.TryAdd(entry.Name, file) && fileOf[entry.Name] != file)
            {
                throw InTwo(entry.Name, fileOf[entry.Name], file);
            }
        }
        return fileOf;
    }

    private static bool IsPlainName(string name) =>
        name.Length > 0 && name is not ("." or "..") && !name.Any(c => c is '/' or '\\' or ':' || char.IsControl(c));

    private static void RequireIndexed(string index, Dictionary<string, string> fileOf, List<SafetensorsFile> files)
    {
        var foundIn = new Dictionary<string, string>();
        foreach (var file in files)
        {
            string name = Path.GetFileName(file.Path);
            foreach (var tensor in file.Tensors)
            {
                if (!foundIn.TryAdd(tensor.Name, name))
                {
                    throw InTwo(tensor.Name, foundIn[tensor.Name], name);
                }
            }
        }
        string[] absent = [.. fileOf.Where(entry => foundIn.GetValueOrDefault(entry.Key) != entry.Value).Select(entry => entry.Key)];
        if (absent.Length > 0)
        {
            throw new UserError("MOE1026",
                $"{index} puts {absent.Length} tensors where they are not: {Shown.Text(absent[0])} in {Shown.Text(fileOf[absent[0]])}.",
                $"Download the index and the weight files again, from one revision.");
        }
    }

    private static UserError InTwo(string tensor, string file, string other) => new("MOE1027",
        $"The tensor {Shown.Text(tensor)} is in two files, {Shown.Text(file)} and {Shown.Text(other)}.",
        $"Download the index and the weight files again, from one revision.");

    private static UserError BadIndex(string index, FormattableString what) =>
        new("MOE1023", $"{index} {what}.", $"Download the index again.");

    private static UserError NoWeights(string folder)
    {
        string[] names = InputFile.Names(folder);
        string[] stored = [.. names.Where(name => name.EndsWith(".safetensors", StringComparison.Ordinal))];
        if (stored.Length > 0)
        {
            return new UserError("MOE1022",
                $"{folder} has neither {SingleFile} nor {IndexFile}, but {Shown.List(stored)}.",
                $"Download {IndexFile} too, or name a single file {SingleFile}.");
        }
        string[] pickled = [.. names.Where(name => Path.GetExtension(name) is ".bin" or ".pt" or ".pth" or ".ckpt")];
        return pickled.Length > 0
            ? new UserError("MOE1021",
                $"{folder} has its weights only as pickles, which can run code when they are read: {Shown.List(pickled)}.",
                $"Convert them: load the model with transformers and call save_pretrained, which writes safetensors.")
            : new UserError("MOE1020",
                $"{folder} has no weights: no {SingleFile} and no {IndexFile} among {Shown.List(names)}.",
                $"Download the model's *.safetensors files.");
    }
}
