using System.Runtime.InteropServices;

namespace MoeDevtools.Host.Terminal.Editing;

/// <summary>
/// The terminal on stdin hands over single keys, unseen, from construction to <see cref="Dispose"/>; whatever ends the process gives
/// the terminal back too. Linux and macOS.
/// </summary>
internal sealed class RawMode : IDisposable
{
    private readonly byte[] _before = new byte[LibC.TermiosBytes];
    private int _restored;

    private RawMode()
    {
    }

    /// <summary>Null where stdin is no terminal after all.</summary>
    public static RawMode? Enter()
    {
        var mode = new RawMode();
        if (LibC.GetAttributes(0, ref mode._before[0]) != 0)
        {
            return null;
        }

        byte[] raw = [.. mode._before];
        LibC.MakeRaw(ref raw[0]);
        // c_oflag as it was: "\n" goes on returning the carriage, for output of other threads too.
        var outputFlags = OperatingSystem.IsMacOS() ? 8..16 : 4..8;
        mode._before.AsSpan(outputFlags).CopyTo(raw.AsSpan(outputFlags));
        if (LibC.SetAttributes(0, LibC.AfterOutput, ref raw[0]) != 0)
        {
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }

        AppDomain.CurrentDomain.ProcessExit += mode.Restore;
        return mode;
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= Restore;
        Restore(null, EventArgs.Empty);
    }

    private void Restore(object? sender, EventArgs e)
    {
        if (Interlocked.Exchange(ref _restored, 1) == 0)
        {
            _ = LibC.SetAttributes(0, LibC.AfterOutput, ref _before[0]);
        }
    }
}
