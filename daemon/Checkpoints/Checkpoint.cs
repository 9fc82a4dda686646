using System.Diagnostics.CodeAnalysis;
using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints;

/// <summary>
/// A model folder as huggingface_hub leaves it, opened: its config read, its weights mapped, nothing copied or converted. Any thread may
/// read it; the owner disposes it when no <see cref="StoredTensor"/> of it is in use any more.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private readonly SafetensorsFile[] _files;
    private readonly Dictionary<string, StoredTensor> _tensors = [];

    private Checkpoint(string folder)
    {
        Folder = folder;
        Config = ModelConfig.Read(Path.Combine(folder, ModelFolder.ConfigFile));
        Generation = GenerationConfig.Read(folder, Config);
        string tokenizer = Path.Combine(folder, "tokenizer.json");
        TokenizerFile = InputFile.Exists(tokenizer) ? tokenizer : null;
        _files = WeightFiles.Open(folder);
        foreach (var tensor in _files.SelectMany(file => file.Tensors))
        {
            _tensors.Add(tensor.Name, tensor);
            WeightBytes += tensor.Bytes;
        }
    }

    /// <summary>The folder that holds config.json; of a hub cache, the snapshot's.</summary>
    public string Folder { get; }

    public ModelConfig Config { get; }

    public GenerationConfig Generation { get; }

    public IReadOnlyCollection<string> TensorNames => _tensors.Keys;

    public IReadOnlyCollection<StoredTensor> Tensors => _tensors.Values;

    /// <summary>Path of tokenizer.json; null when the folder has none.</summary>
    public string? TokenizerFile { get; }

    /// <summary>Of all tensors, in bytes, also of those that the model does not use.</summary>
    public long WeightBytes { get; }

    /// <param name="folder">A folder with config.json, or <c>models--org--name</c> of the hub's cache.</param>
    public static Checkpoint Open(string folder) => new(ModelFolder.Resolve(folder));

    public bool TryGet(string name, [NotNullWhen(true)] out StoredTensor? tensor) => _tensors.TryGetValue(name, out tensor);

    /// <summary>Throws, with the nearest names, when there is no such tensor.</summary>
    public StoredTensor Get(string name) =>
        TryGet(name, out var tensor) ? tensor : throw Missing.Tensor(name, TensorNames, [.. _files.Select(file => file.Path)]);

    /// <summary>Throws when there is no such tensor, or when it has another shape.</summary>
    public StoredTensor Get(string name, params ReadOnlySpan<long> shape)
    {
        var tensor = Get(name);
        return tensor.Shape.SequenceEqual(shape) ? tensor : throw new UserError("MOE1030",
            $"{tensor.File}: {Shown.Text(name)} has shape {Shown.Shape(tensor.Shape)}, but {Config.Path} asks for {Shown.Shape(shape)}.",
            $"Check that config.json and the weights belong together.");
    }

    /// <summary>Throws when a mapped file changed since it was opened; see <see cref="SafetensorsFile.EnsureUnchanged"/>.</summary>
    public void EnsureUnchanged()
    {
        foreach (var file in _files)
        {
            file.EnsureUnchanged();
        }
    }

    public void Dispose()
    {
        foreach (var file in _files)
        {
            file.Dispose();
        }
    }
}
