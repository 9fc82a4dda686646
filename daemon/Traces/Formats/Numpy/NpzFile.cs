using System.IO.Compression;
using MoeDevtools.Messages;

namespace MoeDevtools.Traces.Formats.Numpy;

/// <summary>An .npz file: a zip of arrays, stored or deflated. A deflated array is unpacked into memory or, when it is large, into a temporary file. One thread.</summary>
internal sealed class NpzFile : IDisposable
{
    /// <summary>A larger array is unpacked on the disk.</summary>
    private const long MostInMemory = 16 << 20;

    /// <summary>Unpacked arrays in memory, all together.</summary>
    private const long MostTogether = 256 << 20;

    /// <summary>Deflate makes nothing smaller than by this factor: a length beyond it is a lie.</summary>
    private const long BestCompression = 1032;

    private readonly ZipArchive _zip;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NpyArray> _arrays = new(StringComparer.Ordinal);
    private readonly Dictionary<ZipArchiveEntry, Stream> _unpacked = [];
    private long _inMemory;

    private NpzFile(string path, ZipArchive zip)
    {
        (Path, _zip) = (path, zip);
        foreach (var entry in zip.Entries)
        {
            if (entry.FullName.EndsWith("data.pkl", StringComparison.Ordinal))
                throw new UserError("MOE7206", $"{path} is a pickle (a .pt file of PyTorch).", $"Nothing here opens a pickle: where it was written, save its arrays with numpy.savez; docs/formats.md shows how.");
            if (!entry.FullName.EndsWith(".npy", StringComparison.Ordinal)) continue;
            if (!_entries.TryAdd(entry.FullName[..^4], entry)) throw Damaged(path, $"two arrays are named {entry.FullName[..^4]}");
        }
        if (_entries.Count == 0) throw Damaged(path, "it holds no arrays");
    }

    public string Path { get; }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <exception cref="UserError"/>
    public static NpzFile Open(string path)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return new NpzFile(path, new ZipArchive(file, ZipArchiveMode.Read));
        }
        catch (Exception cause) when (cause is InvalidDataException or IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            file?.Dispose();
            throw Damaged(path, cause.Message.TrimEnd('.'), cause);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    public bool Has(string name) => _entries.ContainsKey(name);

    /// <summary>Null = there is no such array. It belongs to this file.</summary>
    /// <exception cref="UserError"/>
    public NpyArray? Find(string name)
    {
        if (_arrays.TryGetValue(name, out var array)) return array;
        if (!_entries.TryGetValue(name, out var entry)) return null;
        var full = $"{Path}: {name}";
        try
        {
            using var packed = entry.Open();
            return _arrays[name] = new NpyArray(full, NpyHeader.Read(packed, full, entry.Length), () => Unpacked(entry));
        }
        catch (Exception cause) when (cause is InvalidDataException or IOException or NotSupportedException)
        {
            throw Damaged(Path, $"{entry.FullName}: {cause.Message.TrimEnd('.')}", cause);
        }
    }

    public void Dispose()
    {
        Forget();
        _zip.Dispose();
    }

    private Stream Unpacked(ZipArchiveEntry entry)
    {
        if (_unpacked.TryGetValue(entry, out var stream)) return stream;
        // Many arrays are read one after the other: those that came before are unpacked again if they are asked for again.
        if (_inMemory > MostTogether) Forget();
        if (entry.Length <= MostInMemory) _inMemory += entry.Length;
        return _unpacked[entry] = Unpack(entry);
    }

    private void Forget()
    {
        foreach (var stream in _unpacked.Values) stream.Dispose();
        _unpacked.Clear();
        _inMemory = 0;
    }

    private Stream Unpack(ZipArchiveEntry entry)
    {
        if (entry.Length / BestCompression > entry.CompressedLength + 1) throw Damaged(Path, $"{entry.FullName} cannot be as long as it says");
        Stream unpacked = entry.Length <= MostInMemory
            ? new MemoryStream((int)entry.Length)
            : new FileStream(System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName()), new FileStreamOptions
            {
                Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose, BufferSize = 1 << 16,
            });
        try
        {
            using var packed = entry.Open();
            var buffer = new byte[1 << 16];
            uint crc = 0;
            long length = 0;
            for (int n; (n = packed.Read(buffer)) > 0; length += n)
            {
                if (length + n > entry.Length) throw new InvalidDataException("it is longer than it says");
                crc = Crc32.Append(crc, buffer.AsSpan(0, n));
                unpacked.Write(buffer, 0, n);
            }
            if (length != entry.Length) throw new InvalidDataException("it is shorter than it says");
            if (crc != entry.Crc32) throw new InvalidDataException("its checksum is wrong");
            unpacked.Position = 0;
            return unpacked;
        }
        catch (Exception cause) when (cause is InvalidDataException or IOException or NotSupportedException)
        {
            unpacked.Dispose();
            throw Damaged(Path, $"{entry.FullName}: {cause.Message.TrimEnd('.')}", cause);
        }
        catch
        {
            unpacked.Dispose();
            throw;
        }
    }

    private static UserError Damaged(string path, string why, Exception? cause = null) =>
        new("MOE7207", $"{path} is not an .npz that can be read: {why}.", $"Copy or write the file again, with numpy.savez.", cause);
}
