using System.Runtime.InteropServices;

namespace MoeDevtools.Host.Terminal.Editing;

/// <summary>stdin in bytes, with waits that can be cancelled: a blocking read of the framework cannot. Linux and macOS.</summary>
internal static class StandardInput
{
    /// <summary>Waits for bytes; false when <paramref name="milliseconds"/> are over. A closed stdin counts as bytes: <see cref="Read"/> tells.</summary>
    public static bool Wait(int milliseconds) => LibC.Wait(0, LibC.PollIn, milliseconds);

    /// <returns>0 = the end, also where the terminal hung up or stdin was never open.</returns>
    public static int Read(Span<byte> buffer)
    {
        while (true)
        {
            nint count = LibC.Read(0, ref MemoryMarshal.GetReference(buffer), buffer.Length);
            if (count >= 0)
            {
                return (int)count;
            }

            int errno = Marshal.GetLastPInvokeError();
            if (errno == LibC.Eagain)
            {
                Wait(-1);
            }
            else if (errno != LibC.Eintr)
            {
                return 0;
            }
        }
    }
}
