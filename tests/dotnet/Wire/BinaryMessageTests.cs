using System.Buffers.Binary;
using System.Text;
using MoeDevtools.Wire;

namespace MoeDevtools.Tests.Wire;

public sealed class BinaryMessageTests
{
    [Fact]
    public async Task Columns_ComeOutAsTheyWentIn()
    {
        float[] reals = [1, float.NaN, float.NegativeInfinity, -0f, 1e-45f, 3];
        int[] numbers = [-1, int.MaxValue, 7];
        byte[] flags = [1, 0, 1, 1, 0];
        var body = BinaryMessage.Write(
            head => head.WriteString("type", "batch ü"), WrittenColumn.Of("a", reals, 2, 3), WrittenColumn.Of("none", (ReadOnlySpan<int>)[], 0, 4), WrittenColumn.Of("b", numbers, 3), WrittenColumn.Of("c", flags, 5));

        using var stream = new MemoryStream();
        await using (var writer = new MessageWriter(stream, () => Assert.Fail("the stream takes everything")))
        {
            writer.Send("{}"u8);
            writer.Send(body, binary: true);
            writer.Send("[]"u8);
        }
        stream.Position = 0;
        var reader = new MessageReader(stream, MessageLimits.Probe);
        await reader.ReadAsync();
        Assert.False(reader.IsBinary);
        var message = BinaryMessage.Read((await reader.ReadAsync())!);
        Assert.True(reader.IsBinary);
        await reader.ReadAsync();
        Assert.False(reader.IsBinary);

        Assert.Equal("batch ü", message.Head.GetProperty("type").GetString());
        Assert.Equal(reals.Select(BitConverter.SingleToInt32Bits), message.Floats("a", 2, 3).ToArray().Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(numbers, message.Ints("b", 3).ToArray());
        Assert.Equal(flags, message.Bytes("c", 5).ToArray());
        Assert.True(message.Has("none") && message.Ints("none", 0, 4).IsEmpty);
        Assert.Equal([0, 4], message.ShapeOf("none")!);
        Assert.False(message.Has("absent"));
        Assert.Null(message.ShapeOf("absent"));
        Assert.True(message.Floats("absent", 9).IsEmpty);
    }

    [Fact]
    public void AColumnOfAnotherKind_IsNamed()
    {
        var message = BinaryMessage.Read(BinaryMessage.Write(_ => { }, WrittenColumn.Of("a", [1f, 2f], 2)));
        Assert.Equal("column a is f32 [2] and not i32 [2]", Assert.Throws<FramingException>(() => message.Ints("a", 2).Length).Message);
        Assert.Equal("column a is f32 [2] and not f32 [1, 2]", Assert.Throws<FramingException>(() => message.Floats("a", 1, 2).Length).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"columns":{}}""")]
    [InlineData("""{"columns":[1]}""")]
    [InlineData("""{"columns":[{"name":"a","dtype":"f32"}]}""")]
    [InlineData("""{"columns":[{"name":"a","dtype":"f64","shape":[1]}]}""")]
    [InlineData("""{"columns":[{"name":"a","dtype":"u8","shape":[-1]}]}""")]
    [InlineData("""{"columns":[{"name":"a","dtype":"u8","shape":[0.5]}]}""")]
    [InlineData("""{"columns":[{"name":"a","dtype":"u8","shape":[1,1,1,1,1]}]}""")]
    [InlineData("""{"columns":[{"name":"a","dtype":"u8","shape":[17]}]}""")]
    [InlineData("""{"columns":[{"name":"a","dtype":"f32","shape":[2147483647,2147483647]}]}""")]
    [InlineData("""{"columns":[{"name":"a","dtype":"u8","shape":[8]},{"name":"a","dtype":"u8","shape":[8]}]}""")]
    [InlineData("""{"columns":[{"name":"a","dtype":"u8","shape":[1]}]}""")]
    [InlineData("""{"columns":[]}""")]
    public void AHeadThatDoesNotFitItsBytes_IsAnError(string head)
    {
        var padded = Encoding.UTF8.GetBytes(head.PadRight((head.Length + 4 + 7) / 8 * 8 - 4));
        var body = new byte[4 + padded.Length + 16];
        BinaryPrimitives.WriteInt32LittleEndian(body, padded.Length);
        padded.CopyTo(body, 4);
        Assert.Throws<FramingException>(() => BinaryMessage.Read(body));
    }

    /// <summary>Whatever comes in is a message or an error of its own, and nothing else.</summary>
    [Fact]
    public void AnyBytes_AreAMessageOrAnError()
    {
        var random = new Random(5);
        var valid = BinaryMessage.Write(head => head.WriteNumber("id", 1), WrittenColumn.Of("a", [1f, 2f, 3f], 3), WrittenColumn.Of("b", [1, 2], 1, 2));
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = round % 3 == 0 ? new byte[random.Next(40)] : valid[..(round % 3 == 1 ? valid.Length : random.Next(valid.Length))];
            if (round % 3 == 0) random.NextBytes(bytes);
            for (var changes = random.Next(3); changes > 0 && bytes.Length > 0; changes--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                var message = BinaryMessage.Read(bytes);
                foreach (var name in (string[])["a", "b"])
                    if (message.ShapeOf(name) is [var only] && only < 1000) _ = message.Floats(name, only).Length + message.Ints(name, only).Length;
            }
            catch (FramingException)
            {
            }
        }
    }
}
