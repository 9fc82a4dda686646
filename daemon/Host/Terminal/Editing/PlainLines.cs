using System.Text;

namespace MoeDevtools.Host.Terminal.Editing;

/// <summary>Lines of a stdin that is a pipe, a file or a terminal that cannot move its cursor.</summary>
internal sealed class PlainLines
{
    private const int LookAtCancel = 250; // ms
    private readonly List<byte> _bytes = [];
    private bool _ended;

    /// <summary>Null at the end. A last line without a line break counts.</summary>
    public string? Read(CancellationToken cancel)
    {
        if (OperatingSystem.IsWindows())
        {
            return Console.In.ReadLine();
        }

        Span<byte> buffer = stackalloc byte[4096];
        int searched = 0;
        while (true)
        {
            int end = _bytes.IndexOf((byte)'\n', searched);
            if (end >= 0 || (_ended && _bytes.Count > 0))
            {
                return Take(end >= 0 ? end : _bytes.Count);
            }

            if (_ended)
            {
                return null;
            }

            searched = _bytes.Count;
            cancel.ThrowIfCancellationRequested();
            if (StandardInput.Wait(LookAtCancel))
            {
                int count = StandardInput.Read(buffer);
                _ended = count == 0;
                _bytes.AddRange(buffer[..count]);
            }
        }
    }

    private string Take(int end)
    {
        string line = Encoding.UTF8.GetString([.. _bytes.GetRange(0, end)]).TrimEnd('\r');
        _bytes.RemoveRange(0, Math.Min(end + 1, _bytes.Count));
        return line;
    }
}
