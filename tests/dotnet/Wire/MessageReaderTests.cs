using System.Text;
using MoeDevtools.Wire;

namespace MoeDevtools.Tests.Wire;

public sealed class MessageReaderTests
{
    private static readonly MessageLimits Small = new(64, 1000);

    [Fact]
    public async Task AnyMessages_InAnyPieces_ComeOutAsTheyWentIn()
    {
        var random = new Random(1);
        for (var round = 0; round < 300; round++)
        {
            var bodies = Enumerable.Range(0, random.Next(1, 6)).Select(_ => Body(random)).ToList();
            var wire = bodies.SelectMany(body => Framed(random, body)).ToArray();
            var sizes = random.Next(1, 40);
            var reader = new MessageReader(new PiecewiseStream(wire, () => random.Next(1, sizes + 1)), MessageLimits.Default);

            foreach (var body in bodies) Assert.Equal(body, await reader.ReadAsync());
            Assert.Null(await reader.ReadAsync());
        }
    }

    [Fact]
    public async Task AnyMessage_CutOffAnywhere_IsAnErrorAndNeverAMessage()
    {
        var wire = Encoding.UTF8.GetBytes("Content-Length: 12\r\n\r\n{\"a\":\"ü\"  }");
        for (var length = 1; length < wire.Length; length++)
        {
            var reader = new MessageReader(new PiecewiseStream(wire[..length], () => 3), MessageLimits.Default);
            await Assert.ThrowsAsync<FramingException>(async () => await reader.ReadAsync());
        }
    }

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("Host: x\r\n\r\n")]
    [InlineData("Content-Length: 2\n\n{}")]
    [InlineData("Content-Length: -2\r\n\r\n{}")]
    [InlineData("Content-Length: 2x\r\n\r\n{}")]
    [InlineData("Content-Length: 99999999999\r\n\r\n{}")]
    [InlineData("Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("Content-Type: x\r\n\r\n{}")]
    [InlineData("Content-Length: 2\r\rX\n\r\n{}")]
    [InlineData("\0\r\n\r\n{}")]
    [InlineData("\r\n{}")]
    [InlineData("Content-Length: 1001\r\n\r\n")]
    public async Task WhatIsNoHeader_IsAnError(string wire)
    {
        var reader = new MessageReader(new MemoryStream(Encoding.Latin1.GetBytes(wire)), Small);
        await Assert.ThrowsAsync<FramingException>(async () => await reader.ReadAsync());
    }

    [Fact]
    public async Task ALineWithoutEnd_IsNotHeldInMemory()
    {
        var endless = new PiecewiseStream(Enumerable.Repeat((byte)'a', 1 << 20).ToArray(), () => 100);
        var error = await Assert.ThrowsAsync<FramingException>(async () => await new MessageReader(endless, Small).ReadAsync());
        Assert.Contains("longer than 64 bytes", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Body(Random random)
    {
        var body = new byte[random.Next(4) == 0 ? random.Next(40_000) : random.Next(60)];
        random.NextBytes(body);
        return body;
    }

    private static IEnumerable<byte> Framed(Random random, byte[] body)
    {
        var type = random.Next(3) == 0 ? "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n" : "";
        var name = random.Next(3) == 0 ? "content-length" : "Content-Length";
        return Encoding.ASCII.GetBytes($"{type}{name}: {body.Length}\r\n\r\n").Concat(body);
    }
}
