using MoeDevtools.Checkpoints.Safetensors;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Checkpoints.Safetensors;

/// <summary>One test for each way a header can be wrong; the reference implementation refuses all of these but a repeated name.</summary>
public sealed class HeaderErrorTests
{
    private static void Refuse(string id, string header, int dataBytes, params string[] facts) =>
        RefuseFile(id, TestModel.Safetensors(header, dataBytes), facts);

    private static void RefuseFile(string id, byte[] file, params string[] facts) =>
        Expect.Error(id, () => Header.Read("f.safetensors", file, file.Length), ["f.safetensors", .. facts]);

    [Fact]
    public void FileEndsInTheLength_IsRefused() => RefuseFile("MOE1040", [60, 0, 0, 0, 0], "5 bytes");

    [Theory]
    [InlineData(100_000_001UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 63)]
    public void HugeHeader_IsRefused(ulong length) =>
        RefuseFile("MOE1041", [.. BitConverter.GetBytes(length), (byte)'{', (byte)'}'], $"{length}");

    [Theory]
    [InlineData(3UL)]
    [InlineData(100_000_000UL)]
    public void HeaderLongerThanTheFile_IsRefused(ulong length) =>
        RefuseFile("MOE1042", [.. BitConverter.GetBytes(length), (byte)'{', (byte)'}'], $"{length}");

    [Theory]
    [InlineData("")]
    [InlineData(" {}")]
    [InlineData("\t\n{}")]
    [InlineData("[]")]
    [InlineData("\uFEFF{}")]
    public void HeaderThatDoesNotBeginWithABrace_IsRefused(string header) => Refuse("MOE1043", header, 0);

    [Fact]
    public void HeaderThatIsNotUtf8_IsRefused() => RefuseFile("MOE1044", [.. BitConverter.GetBytes(3L), (byte)'{', 0xff, (byte)'}']);

    [Theory]
    [InlineData("{")]
    [InlineData("{}x")]
    [InlineData("{}{}")]
    [InlineData("{}\0")]
    [InlineData("""{"a"}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1,],"data_offsets":[0,1]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}""")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""")]
    [InlineData("""{"a":{"dtype":"\udc00","shape":[1],"data_offsets":[0,1]}}""")]
    [InlineData("""{"__metadata__":{"a":"\ud800x"}}""")]
    public void HeaderThatIsNotJson_IsRefused(string header) => Refuse("MOE1045", header, 1);

    [Fact]
    public void DeepHeader_IsRefusedAtItsFirstWrongBracket()
    {
        Refuse("MOE1047", """{"a":""" + new string('[', 1_000_000), 0);
        Refuse("MOE1049", """{"a":{"shape":""" + new string('[', 1_000_000), 0);
        Refuse("MOE1058", """{"__metadata__":{"a":""" + string.Concat(Enumerable.Repeat("""{"a":""", 1_000_000)), 0);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", "a")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", "a")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", "__metadata__")]
    public void NameThatOccursTwice_IsRefused(string header, string name) => Refuse("MOE1046", header, 2, name);

    [Theory]
    [InlineData("""{"a":[1]}""", "not an object")]
    [InlineData("""{"a":null}""", "not an object")]
    [InlineData("""{"a":{}}""", "no dtype")]
    [InlineData("""{"a":{"dtype":"U8","data_offsets":[0,1]}}""", "no shape")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1]}}""", "no data_offsets")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"offsets":[0,1]}}""", "offsets")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"strides":[1]}}""", "strides")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", "dtype twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}""", "shape twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"data_offsets":[0,1]}}""", "data_offsets twice")]
    public void EntryWithOtherKeysThanTheThree_IsRefused(string header, string fact) => Refuse("MOE1047", header, 1, fact);

    [Theory]
    [InlineData("\"float32\"", "float32")]
    [InlineData("\"f32\"", "f32")]
    [InlineData("\"\"", "dtype")]
    [InlineData("\"4\"", "4")]
    [InlineData("\"U8, I8\"", "U8, I8")]
    [InlineData("4", "Number")]
    [InlineData("null", "Null")]
    [InlineData("{}", "StartObject")]
    public void UnknownType_IsRefused(string type, string fact) =>
        Refuse("MOE1048", $$$"""{"a":{"dtype":{{{type}}},"shape":[1],"data_offsets":[0,1]}}""", 1, fact);

    [Theory]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[-1]")]
    [InlineData("[-0]")]
    [InlineData("[1.0]")]
    [InlineData("[1e0]")]
    [InlineData("[\"1\"]")]
    [InlineData("[[1]]")]
    [InlineData("[-99999999999999999999]")]
    public void ShapeThatIsNotAListOfCounts_IsRefused(string shape) =>
        Refuse("MOE1049", $$$"""{"a":{"dtype":"U8","shape":{{{shape}}},"data_offsets":[0,1]}}""", 1);

    [Fact]
    public void ShapeOfManyDimensions_IsRefused() => Refuse("MOE1049",
        $$$"""{"a":{"dtype":"U8","shape":[{{{string.Join(",", Enumerable.Repeat(1, 65))}}}],"data_offsets":[0,1]}}""", 1, "at most 64");

    [Theory]
    [InlineData("[]")]
    [InlineData("[0]")]
    [InlineData("[0,1,2]")]
    [InlineData("[1,0]")]
    [InlineData("[-1,0]")]
    [InlineData("[0,1.0]")]
    [InlineData("{\"0\":1}")]
    [InlineData("null")]
    [InlineData("[null,1]")]
    public void OffsetsThatAreNoBeginAndEnd_AreRefused(string offsets) =>
        Refuse("MOE1050", $$$"""{"a":{"dtype":"U8","shape":[1],"data_offsets":{{{offsets}}}}}""", 1);

    [Theory]
    [InlineData("[2,18446744073709551614]", "[0,16]")]
    [InlineData("[2,9223372036854775807]", "[0,16]")]
    [InlineData("[9223372036854775807]", "[0,16]")]
    [InlineData("[4294967296,4294967296,0]", "[0,0]")]
    [InlineData("[1152921504606846976]", "[0,0]")]
    [InlineData("[1]", "[0,99999999999999999999]")]
    public void SizeBeyond64Bits_IsRefused(string shape, string offsets) =>
        Refuse("MOE1051", $$$"""{"test":{"dtype":"I32","shape":{{{shape}}},"data_offsets":{{{offsets}}}}}""", 16, "test");

    [Theory]
    [InlineData("F4", 3, 2)]
    [InlineData("F4", 3, 1)]
    [InlineData("F6_E2M3", 2, 2)]
    public void PackedTensorThatEndsInsideAByte_IsRefused(string type, int elements, int bytes) =>
        Refuse("MOE1052", $$$"""{"a":{"dtype":"{{{type}}}","shape":[{{{elements}}}],"data_offsets":[0,{{{bytes}}}]}}""", bytes, type);

    [Theory]
    [InlineData(4)]
    [InlineData(15)]
    [InlineData(17)]
    public void OffsetsThatDoNotFitTheShape_AreRefused(int bytes) =>
        Refuse("MOE1053", $$$"""{"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0,{{{bytes}}}]}}""", bytes, "not 16");

    [Theory]
    [InlineData("[1,2]", "[2,3]")]
    [InlineData("[0,1]", "[2,3]")]
    public void Hole_IsRefused(string first, string second) =>
        Refuse("MOE1054",
            $$$"""{"a":{"dtype":"U8","shape":[1],"data_offsets":{{{first}}}},"b":{"dtype":"U8","shape":[1],"data_offsets":{{{second}}}}}""", 3);

    [Theory]
    [InlineData("[0,2]")]
    [InlineData("[1,3]")]
    public void Overlap_IsRefused(string second) =>
        Refuse("MOE1055",
            $$$"""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":{{{second}}}}}""", 3,
            "b begins", "a ends");

    [Fact]
    public void TruncatedTensors_AreRefused() =>
        Refuse("MOE1056", """{"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}}""", 14, "2 are missing");

    [Fact]
    public void TrailingBytes_AreRefused() =>
        Refuse("MOE1057", """{"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}}""", 20, "4 bytes");

    [Theory]
    [InlineData("[]")]
    [InlineData("\"pt\"")]
    [InlineData("{\"step\":1}")]
    [InlineData("{\"step\":null}")]
    [InlineData("{\"step\":{\"of\":\"x\"}}")]
    [InlineData("{\"step\":\"1\",\"step\":\"2\"}")]
    public void MetadataThatIsNotTextToText_IsRefused(string metadata) => Refuse("MOE1058", $$"""{"__metadata__":{{metadata}}}""", 0);

    [Fact]
    public void HostileName_IsShownShortAndWithoutControlCharacters()
    {
        byte[] file = TestModel.Safetensors($$$"""{"\u001b[2J{{{new string('x', 5000)}}}":{}}""", 0);

        var error = Assert.Throws<UserError>(() => Header.Read("f", file, file.Length));

        Assert.DoesNotContain('\u001b', error.Message);
        Assert.InRange(error.Message.Length, 1, 500);
    }
}
