using MoeDevtools.Wire;

namespace MoeDevtools.Tests.Wire;

public sealed class MessageWriterTests
{
    [Fact]
    public async Task ConcurrentSenders_MixNoMessages()
    {
        var stream = new MemoryStream();
        var writer = new MessageWriter(stream, () => Assert.Fail("the stream takes everything"));
        Parallel.For(0, 200, i => writer.Send(Enumerable.Repeat((byte)i, i).ToArray()));
        await writer.DisposeAsync();

        stream.Position = 0;
        var reader = new MessageReader(stream, MessageLimits.Default);
        var lengths = new List<int>();
        while (await reader.ReadAsync() is { } body)
        {
            Assert.All(body, b => Assert.Equal((byte)body.Length, b));
            lengths.Add(body.Length);
        }
        Assert.Equal(Enumerable.Range(0, 200), lengths.Order());
    }

    [Fact]
    public async Task APeerThatIsGone_IsToldOnce_AndSendersGoOn()
    {
        var failed = new TaskCompletionSource();
        var closed = new MemoryStream();
        await closed.DisposeAsync();
        var writer = new MessageWriter(closed, failed.SetResult);
        writer.Send("{}"u8);
        await failed.Task;
        writer.Send("{}"u8);
        await writer.DisposeAsync();
    }
}
