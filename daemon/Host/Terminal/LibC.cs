using System.Runtime.InteropServices;

namespace MoeDevtools.Host.Terminal;

/// <summary>The few calls of the C library that .NET has no safe equivalent of. Linux and macOS.</summary>
internal static partial class LibC
{
    public const int Eintr = 4;
    public const int Epipe = 32;
    public const short PollIn = 1;
    public const short PollOut = 4;
    private const nuint WindowSizeRequestLinux = 0x5413; // TIOCGWINSZ

    public static int Eagain => OperatingSystem.IsMacOS() ? 35 : 11;

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, in byte buffer, nint count);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, ref byte buffer, nint count);

    /// <param name="termios">Opaque; its layout differs between systems, all fit into <see cref="TermiosBytes"/>.</param>
    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    public static partial int GetAttributes(int descriptor, ref byte termios);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    public static partial int SetAttributes(int descriptor, int when, ref byte termios);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    public static partial void MakeRaw(ref byte termios);

    public const int TermiosBytes = 256;

    /// <summary>TCSADRAIN: after pending output is written, without dropping what was typed ahead.</summary>
    public const int AfterOutput = 1;

    /// <summary>Waits until the descriptor can be read or written; false when the time is over or a signal came.</summary>
    /// <param name="milliseconds">-1 = as long as it takes.</param>
    public static bool Wait(int descriptor, short events, int milliseconds)
    {
        var poll = new PollDescriptor { Descriptor = descriptor, Events = events };
        return Poll(ref poll, 1, milliseconds) > 0;
    }

    /// <summary>Columns of the terminal on stdout, or on stderr; 0 where neither is one.</summary>
    public static int Columns()
    {
        if (!OperatingSystem.IsLinux())
        {
            // ioctl is variadic, and on macOS variadic calls pass arguments in their own way; Console knows how.
            return Console.IsOutputRedirected ? 0 : Console.WindowWidth;
        }

        var size = default(WindowSize);
        return IoControl(1, WindowSizeRequestLinux, ref size) == 0 || IoControl(2, WindowSizeRequestLinux, ref size) == 0 ? size.Columns : 0;
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int IoControl(int descriptor, nuint request, ref WindowSize size);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort PixelsAcross;
        public ushort PixelsDown;
    }
}
