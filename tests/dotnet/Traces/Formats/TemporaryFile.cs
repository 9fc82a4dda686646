namespace MoeDevtools.Tests.Traces.Formats;

/// <summary>A file in a folder of its own, gone afterwards.</summary>
internal sealed class TemporaryFile : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("formats");

    public TemporaryFile(string name, byte[]? bytes = null)
    {
        Path = System.IO.Path.Combine(_folder.FullName, name);
        if (bytes is not null) File.WriteAllBytes(Path, bytes);
    }

    public string Path { get; }

    public void Dispose() => _folder.Delete(recursive: true);
}
