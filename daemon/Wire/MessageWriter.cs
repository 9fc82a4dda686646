using System.Globalization;
using System.Text;
using System.Threading.Channels;

namespace MoeDevtools.Wire;

/// <summary>
/// Writes messages to a stream in the order in which they are given, on a task of its own: whoever sends one never waits for the peer. Any thread.
/// </summary>
/// <remarks>A peer that does not read is given up once <see cref="MostQueued"/> bytes wait for it.</remarks>
public sealed class MessageWriter : IAsyncDisposable
{
    private const long MostQueued = 256 << 20;

    private readonly Stream _stream;
    private readonly Channel<byte[]> _queue = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeSpan _patience;
    private readonly Task _writing;
    private long _queued;

    /// <param name="stream">Not owned.</param>
    /// <param name="onFailure">Called once when the peer cannot be written to any more; what is sent afterwards is dropped.</param>
    /// <param name="patience">For what is left at the end; null = a second.</param>
    public MessageWriter(Stream stream, Action onFailure, TimeSpan? patience = null)
    {
        (_stream, _patience) = (stream, patience ?? TimeSpan.FromSeconds(1));
        _writing = Task.Run(() => WriteAllAsync(onFailure));
    }

    /// <summary>Bytes that are not written yet.</summary>
    public long Waiting => Interlocked.Read(ref _queued);

    /// <summary>Sends one message.</summary>
    /// <param name="body">Copied.</param>
    /// <param name="binary">It is a <see cref="BinaryMessage"/>, not JSON.</param>
    public void Send(ReadOnlySpan<byte> body, bool binary = false)
    {
        var type = binary ? $"Content-Type: {BinaryMessage.ContentType}\r\n" : "";
        var header = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{type}Content-Length: {body.Length}\r\n\r\n"));
        var message = new byte[header.Length + body.Length];
        header.CopyTo(message, 0);
        body.CopyTo(message.AsSpan(header.Length));
        if (_queue.Writer.TryWrite(message) && Interlocked.Add(ref _queued, message.Length) > MostQueued) _stop.Cancel();
    }

    /// <summary>Waits until everything that was sent is written, but not much longer than its patience.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        _stop.CancelAfter(_patience);
        // A stream that ignores cancellation (a full pipe) must not keep the process.
        await Task.WhenAny(_writing, Task.Delay(_patience + TimeSpan.FromSeconds(0.2))).ConfigureAwait(false);
        if (_writing.IsCompleted) _stop.Dispose();
    }

    private async Task WriteAllAsync(Action onFailure)
    {
        try
        {
            await foreach (var message in _queue.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
            {
                await _stream.WriteAsync(message, _stop.Token).ConfigureAwait(false);
                Interlocked.Add(ref _queued, -message.Length);
                await _stream.FlushAsync(_stop.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            _queue.Writer.TryComplete();
            onFailure();
        }
    }
}
