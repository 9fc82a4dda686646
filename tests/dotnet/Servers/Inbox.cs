using System.Collections.Concurrent;
using System.Text.Json;
using MoeDevtools.Wire;

namespace MoeDevtools.Tests.Servers;

/// <summary>The messages that come on a wire, for a test to take in the order in which it wants them. Waits for them and never sleeps.</summary>
internal sealed class Inbox : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly BlockingCollection<JsonElement> _messages = [];
    private readonly List<JsonElement> _passed = [];

    /// <param name="input">Not owned.</param>
    /// <param name="received">Sees each message as it comes; none is read after one for which it throws.</param>
    public Inbox(Stream input, Action<JsonElement>? received = null) => _ = Task.Run(() => ReadAsync(input, received));

    /// <summary>What came and was not asked for yet.</summary>
    public IReadOnlyList<JsonElement> Passed => _passed;

    /// <summary>The first message, of those that came and those that will, that <paramref name="wanted"/> accepts.</summary>
    public JsonElement Next(Func<JsonElement, bool> wanted)
    {
        if (_passed.FindIndex(m => wanted(m)) is var at and >= 0)
        {
            var found = _passed[at];
            _passed.RemoveAt(at);
            return found;
        }
        while (_messages.TryTake(out var message, Patience))
        {
            if (wanted(message)) return message;
            _passed.Add(message);
        }
        throw new InvalidOperationException($"the message did not come; these did: {string.Join("\n", _passed)}");
    }

    public void Dispose() => _messages.Dispose();

    private async Task ReadAsync(Stream input, Action<JsonElement>? received)
    {
        var reader = new MessageReader(input, MessageLimits.Default);
        try
        {
            while (await reader.ReadAsync() is { } body)
            {
                using var parsed = JsonDocument.Parse(body);
                var message = parsed.RootElement.Clone();
                received?.Invoke(message);
                _messages.Add(message);
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
        }
        finally
        {
            _messages.CompleteAdding();
        }
    }
}
