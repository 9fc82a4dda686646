using System.Globalization;
using System.Text;

namespace MoeDevtools.Wire;

/// <summary>
/// Cuts a stream into messages: header lines that end with CR LF, an empty line, then as many bytes as <c>Content-Length</c> says. One reader a stream; not thread safe.
/// </summary>
/// <param name="stream">Not owned.</param>
public sealed class MessageReader(Stream stream, MessageLimits limits)
{
    /// <summary>More headers than there are names of headers.</summary>
    private const int MostLines = 8;

    private readonly byte[] _buffer = new byte[16 << 10];
    private int _start;
    private int _end;

    /// <summary>May be raised between messages, once the peer has shown who it is.</summary>
    public MessageLimits Limits { get; set; } = limits;

    /// <summary>The message that was read last is a <see cref="BinaryMessage"/>, not JSON.</summary>
    public bool IsBinary { get; private set; }

    /// <summary>The body of the next message; null at an end of the stream that lies between two messages.</summary>
    /// <exception cref="FramingException">Not a message, one that is too long, or one that is cut off by the end of the stream.</exception>
    /// <exception cref="IOException">The stream failed.</exception>
    /// <exception cref="OperationCanceledException"/>
    public async ValueTask<byte[]?> ReadAsync(CancellationToken cancelled = default)
    {
        var length = -1;
        IsBinary = false;
        for (var lines = 0; ; lines++)
        {
            var line = await ReadLineAsync(isFirst: lines == 0, cancelled).ConfigureAwait(false);
            if (line is null) return null;
            if (line.Length == 0) break;
            if (lines == MostLines) throw new FramingException("a message has more header lines than there are headers");
            ReadHeader(line, ref length);
        }
        if (length < 0) throw new FramingException("a message has no Content-Length");
        if (length > Limits.Body) throw new FramingException($"a message of {length} bytes is longer than the {Limits.Body} that are allowed");
        var body = new byte[length];
        var have = Math.Min(length, _end - _start);
        _buffer.AsSpan(_start, have).CopyTo(body);
        _start += have;
        for (int read; have < length; have += read)
        {
            read = await stream.ReadAsync(body.AsMemory(have), cancelled).ConfigureAwait(false);
            if (read == 0) throw new FramingException($"the stream ended after {have} of the {length} bytes of a message");
        }
        return body;
    }

    private void ReadHeader(string line, ref int length)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? "" : line[..colon];
        if (name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase))
        {
            IsBinary = line.AsSpan(colon + 1).Trim(' ').Equals(BinaryMessage.ContentType, StringComparison.OrdinalIgnoreCase);      // everything else is UTF-8 JSON
            return;
        }
        if (!name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)) throw new FramingException("a line is no header of this protocol");
        if (length >= 0 || !int.TryParse(line[(colon + 1)..].Trim(' '), NumberStyles.None, CultureInfo.InvariantCulture, out length))
            throw new FramingException("Content-Length is not written once, as a number");
    }

    /// <summary>A line without its end; null where the stream ends before the first line of a message.</summary>
    private async ValueTask<string?> ReadLineAsync(bool isFirst, CancellationToken cancelled)
    {
        var line = new StringBuilder();
        while (true)
        {
            for (; _start < _end; _start++)
            {
                var c = _buffer[_start];
                if (c == '\n')
                {
                    _start++;
                    if (line.Length == 0 || line[^1] != '\r') throw new FramingException("a header line does not end with CR LF");
                    return line.ToString(0, line.Length - 1);
                }
                if (c is not (>= 0x20 and < 0x7F or (byte)'\r' or (byte)'\t') || (line.Length > 0 && line[^1] == '\r'))
                    throw new FramingException("a header line has a byte that is no ASCII text");
                line.Append((char)c);
                if (line.Length >= Limits.HeaderLine) throw new FramingException($"a header line is longer than {Limits.HeaderLine} bytes");
            }
            _start = 0;
            _end = await stream.ReadAsync(_buffer, cancelled).ConfigureAwait(false);
            if (_end > 0) continue;
            return isFirst && line.Length == 0 ? null : throw new FramingException("the stream ended within the header of a message");
        }
    }
}
