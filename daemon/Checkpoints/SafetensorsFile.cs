using System.Diagnostics.CodeAnalysis;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;
using MoeDevtools.Checkpoints.Safetensors;
using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints;

/// <summary>
/// One safetensors file, mapped and validated. It lends <see cref="StoredTensor"/>s that live as long as it does. Any thread may read;
/// only the owner disposes, when nobody reads any more.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly MemoryMappedFile? _mapping;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;
    private readonly DateTime _modified;
    private readonly Dictionary<string, StoredTensor> _tensors = [];

    private SafetensorsFile(string path, SafeFileHandle handle)
    {
        (Path, _handle) = (path, handle);
        try
        {
            Length = RandomAccess.GetLength(handle);
            _modified = File.GetLastWriteTimeUtc(handle);
            if (Length > 0)
            {
                _mapping = MemoryMappedFile.CreateFromFile(
                    handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
                _view = _mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
                _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
                _start += _view.PointerOffset;
            }
            var first = new ReadOnlySpan<byte>(_start, (int)Math.Min(Length, Header.LengthBytes + Header.MostBytes));
            InputFile.RefuseEmptyOrPointer(path, first);
            var header = Header.Read(path, first, Length);
            Metadata = header.Metadata;
            foreach (var entry in header.Entries)
            {
                byte* data = _start + header.DataStart + entry.Begin;
                _tensors.Add(entry.Name, new StoredTensor(entry.Name, entry.Type, entry.Shape, data, entry.End - entry.Begin, path));
            }
        }
        catch (Exception e)
        {
            Dispose();
            if (e is IOException or UnauthorizedAccessException)
            {
                throw InputFile.CannotOpen(path, e);
            }
            throw;
        }
    }

    /// <summary>As it was given to <see cref="Open"/>.</summary>
    public string Path { get; }

    /// <summary>In bytes, header included.</summary>
    public long Length { get; }

    /// <summary>The header's <c>__metadata__</c>; empty when it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>In the order of their bytes.</summary>
    public IReadOnlyCollection<StoredTensor> Tensors => _tensors.Values;

    public static SafetensorsFile Open(string path) => new(path, InputFile.Open(path));

    public bool TryGet(string name, [NotNullWhen(true)] out StoredTensor? tensor) => _tensors.TryGetValue(name, out tensor);

    /// <summary>Throws, with the nearest names, when there is no such tensor.</summary>
    public StoredTensor Get(string name) => TryGet(name, out var tensor) ? tensor : throw Missing.Tensor(name, _tensors.Keys, [Path]);

    /// <summary>
    /// Throws when the mapped file changed since it was opened: reading a mapping past the end of a file that shrank ends the process.
    /// A file that was replaced under the same name is no matter, the old one stays mapped.
    /// </summary>
    public void EnsureUnchanged()
    {
        long length = RandomAccess.GetLength(_handle);
        var modified = File.GetLastWriteTimeUtc(_handle);
        if (length != Length || modified != _modified)
        {
            throw new UserError("MOE1028",
                $"{Path} was changed while it was in use: {Length} bytes of {_modified:u} are now {length} of {modified:u}.",
                $"Load the model again, when nothing writes to it any more.");
        }
    }

    public void Dispose()
    {
        if (_start != null && !_handle.IsClosed)
        {
            _view!.SafeMemoryMappedViewHandle.ReleasePointer();
        }
        _view?.Dispose();
        _mapping?.Dispose();
        _handle.Dispose();
    }
}
