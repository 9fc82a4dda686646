using System.Text;

namespace MoeDevtools.Host.Terminal.Editing;

/// <summary>
/// Lines that were entered, oldest first, kept in a file that only this user may read: prompts can be private. A file that cannot be read
/// or written costs the memory of old lines, never the session.
/// </summary>
internal sealed class History
{
    /// <summary>Lines kept in memory and in the file.</summary>
    public const int Limit = 1000;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly string? _path;
    private readonly List<string> _lines = [];

    /// <param name="path">Null = only in memory.</param>
    public History(string? path)
    {
        _path = path;
        Quietly(Load);
    }

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Adds a line unless it is blank or the one before; a line that begins with a space is not kept, as in shells.</summary>
    public void Add(string line)
    {
        if (string.IsNullOrWhiteSpace(line) || line[0] == ' ' || (_lines.Count > 0 && _lines[^1] == line))
        {
            return;
        }

        _lines.Add(line);
        if (_lines.Count > Limit)
        {
            _lines.RemoveAt(0);
        }

        Quietly(() => Append(line));
    }

    private static void Quietly(Action action)
    {
        try
        {
            action();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            // A read-only or full home: see the type's summary.
        }
    }

    private void Load()
    {
        if (_path is null || !File.Exists(_path))
        {
            return;
        }

        string[] all = File.ReadAllLines(_path);
        _lines.AddRange(all.Skip(all.Length - Limit));
        if (all.Length > 2 * Limit)
        {
            string shorter = _path + ".tmp";
            using (var stream = Open(shorter, FileMode.Create))
            {
                stream.Write(Encoding.UTF8.GetBytes(string.Join('\n', _lines) + "\n"));
            }

            File.Move(shorter, _path, overwrite: true);
        }
    }

    // Appended line by line, so that two consoles at a time keep both their lines.
    private void Append(string line)
    {
        if (_path is null)
        {
            return;
        }

        string folder = Path.GetDirectoryName(_path)!;
        if (!Directory.Exists(folder))
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
            }
        }

        using var stream = Open(_path, FileMode.Append);
        stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
    }

    private static FileStream Open(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return new FileStream(path, options);
    }
}
