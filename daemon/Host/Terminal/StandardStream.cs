using System.Runtime.InteropServices;

namespace MoeDevtools.Host.Terminal;

/// <summary>
/// stdout or stderr without a buffer. Console's own stream swallows EPIPE, so that a verb would work on for a reader that has gone.
/// </summary>
/// <remarks>Throws <see cref="OutputClosedException"/> for a closed pipe, <see cref="IOException"/> with the errno as HResult otherwise.</remarks>
internal sealed class StandardStream(int descriptor) : Stream
{
    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static Stream Output() => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new StandardStream(1);

    public static Stream Error() => OperatingSystem.IsWindows() ? Console.OpenStandardError() : new StandardStream(2);

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint written = LibC.Write(descriptor, in MemoryMarshal.GetReference(buffer), buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            int errno = Marshal.GetLastPInvokeError();
            if (errno == LibC.Eagain)
            {
                LibC.Wait(descriptor, LibC.PollOut, milliseconds: -1);
            }
            else if (errno == LibC.Epipe)
            {
                throw new OutputClosedException();
            }
            else if (errno != LibC.Eintr)
            {
                throw new IOException(Marshal.GetPInvokeErrorMessage(errno), errno);
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
