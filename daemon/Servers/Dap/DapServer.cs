using System.Text.Json;
using MoeDevtools.Wire;

namespace MoeDevtools.Servers.Dap;

/// <summary>A debug adapter for one client over a pair of streams. It translates: what a session does is the session's to decide.</summary>
/// <param name="input">Not owned.</param>
/// <param name="output">Not owned.</param>
public sealed class DapServer(Stream input, Stream output, DapOptions options)
{
    /// <summary>After a disconnect the client may say it again; then the connection ends, whether it closes its side or not.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(400);

    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(1.2);

    /// <summary>Serves until the client disconnects, its stream ends, or it sends what is no message. Its session is ended then.</summary>
    public async Task RunAsync(CancellationToken cancelled)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        var writer = new MessageWriter(output, stop.Cancel);
        var dispatcher = new Dispatcher(new Connection(new Outbox(writer), options), () => stop.CancelAfter(LastWords));
        var reader = new MessageReader(input, options.Token is null ? MessageLimits.Default : MessageLimits.Stranger);
        try
        {
            // A pipe's read cannot be cancelled: it is left behind.
            while (await reader.ReadAsync(stop.Token).AsTask().WaitAsync(stop.Token).ConfigureAwait(false) is { } body)
            {
                if (!Handle(dispatcher, body)) break;
                if (dispatcher.IsTrusted) reader.Limits = MessageLimits.Default;
            }
        }
        catch (FramingException error)
        {
            options.Log($"the connection is closed: {error.Message}");
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // The client has gone, or the host ends.
        }
        var ended = dispatcher.Close();
        await writer.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAny(ended, Task.Delay(LongestEnd, CancellationToken.None)).ConfigureAwait(false);
    }

    /// <summary>False where it is no message of the protocol: the connection then ends.</summary>
    private bool Handle(Dispatcher dispatcher, byte[] body)
    {
        JsonElement message;
        try
        {
            using var parsed = JsonDocument.Parse(body);
            message = parsed.RootElement.Clone();
        }
        catch (JsonException error)
        {
            options.Log($"the connection is closed: a message is not JSON ({error.Message})");
            return false;
        }
        if (message.ValueKind == JsonValueKind.Object && Text(message, "type") == "response")
        {
            if (Text(message, "command") == "startDebugging" && message.TryGetProperty("success", out var success) && success.ValueKind == JsonValueKind.False)
                dispatcher.BranchRefused(Text(message, "message") ?? "");
            return true;
        }
        if (message.ValueKind != JsonValueKind.Object || Text(message, "type") != "request" || Text(message, "command") is not { } command
            || !message.TryGetProperty("seq", out var seq) || seq.ValueKind != JsonValueKind.Number || !seq.TryGetInt32(out var number))
        {
            options.Log("the connection is closed: a message is no request");
            return false;
        }
        dispatcher.Dispatch(new Request(number, command, new Arguments(command, message.TryGetProperty("arguments", out var arguments) ? arguments : default)));
        return !dispatcher.IsRefused;
    }

    private static string? Text(JsonElement message, string name) =>
        message.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
