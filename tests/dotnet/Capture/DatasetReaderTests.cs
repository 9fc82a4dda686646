using System.Text;
using MoeDevtools.Capture;
using MoeDevtools.Capture.Datasets;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Capture;

public sealed class DatasetReaderTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Documents_HaveIdsOrTextIdAndLabel()
    {
        var documents = Read("""
            {"text": "ab", "id": "one", "domain": "letters"}

            {"input_ids": [5, 6], "id": 7, "label": "ids", "domain": "ignored"}
            """);

        Assert.Equal([1, 2], documents[0].Ids);
        Assert.Equal(("one", "letters"), (documents[0].Id, documents[0].Label));
        Assert.Equal([5, 6], documents[1].Ids);
        Assert.Equal(("7", "ids"), (documents[1].Id, documents[1].Label));
    }

    [Fact]
    public void LineSeparatorsInsideATextDoNotEndALine() => Assert.Single(Read("{\"text\": \"a\u2028b\u0085\"}\n"));

    [Fact]
    public void ByteOrderMarkAndCarriageReturns_AreNoPartOfALine() => Assert.Equal(2, Read("\uFEFF{\"text\": \"a\"}\r\n{\"text\": \"b\"}\r\n").Count);

    [Theory]
    [InlineData("[1, 2]")]
    [InlineData("{\"text\": 5}")]
    [InlineData("{\"text\": \"a\", \"input_ids\": [1]}")]
    [InlineData("{\"id\": \"x\"}")]
    [InlineData("{\"input_ids\": [1.5]}")]
    [InlineData("{\"input_ids\": \"1\"}")]
    [InlineData("{\"text\": null}")]
    [InlineData("{\"text\": \"a\"")]
    public void MalformedLine_IsNamedWithItsNumber(string line)
    {
        var error = Assert.Throws<UserError>(() => Read("{\"text\": \"fine\"}\n" + line));

        Assert.Equal("MOE5204", error.Id);
        Assert.Contains("line 2", error.Message);
    }

    [Fact]
    public void EmptyFile_IsRefused() => Assert.Equal("MOE5201", Assert.Throws<UserError>(() => Read("\n\n")).Id);

    [Fact]
    public void MissingFile_IsRefused() => Assert.Equal("MOE5202", Assert.Throws<UserError>(() => DatasetReader.Read(_path + ".no", Encode)).Id);

    [Fact]
    public void InvalidUtf8_IsRefusedWithItsOffset()
    {
        File.WriteAllBytes(_path, [.. "{\"text\": \""u8, 0xC3, 0x28, .. "\"}"u8]);

        var error = Assert.Throws<UserError>(() => DatasetReader.Read(_path, Encode));

        Assert.Equal("MOE5203", error.Id);
        Assert.Contains("offset 10", error.Message);
    }

    [Fact]
    public void DamagedFiles_GiveUserErrorsOnly()
    {
        var random = new Random(11);
        var whole = Encoding.UTF8.GetBytes("{\"text\": \"größe\", \"id\": 3, \"label\": \"x\"}\n{\"input_ids\": [1, 2, 300], \"domain\": \"y\"}\n");
        for (var i = 0; i < 3000; i++)
        {
            var bytes = whole.ToArray();
            for (var n = random.Next(1, 4); n > 0; n--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(_path, bytes[..random.Next(1, bytes.Length + 1)]);
            try
            {
                DatasetReader.Read(_path, Encode);
            }
            catch (UserError)
            {
                // refused by name
            }
        }
    }

    private static SequenceInput Encode(string text) => new([.. text.Select(c => c - 'a' + 1)]);

    private IReadOnlyList<SequenceInput> Read(string content)
    {
        File.WriteAllText(_path, content);
        return DatasetReader.Read(_path, Encode);
    }
}
