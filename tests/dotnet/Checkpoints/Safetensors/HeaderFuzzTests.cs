using System.Text;
using MoeDevtools.Checkpoints.Safetensors;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Checkpoints.Safetensors;

public sealed class HeaderFuzzTests
{
    [Fact]
    public void AnyMutationOfAFile_IsAcceptedWithinBoundsOrRefusedAsUserError()
    {
        var random = new Random(20);
        byte[][] seeds =
        [
            File.ReadAllBytes(Path.Combine(Folders.Fixtures, "olmoe", "model.safetensors"))[..4096],
            TestModel.Safetensors(TestModel.OneTensor, 8),
            TestModel.Safetensors("""
                {"__metadata__":{"format":"pt"},
                "a":{"dtype":"F4","shape":[2,3],"data_offsets":[0,3]},"b":{"dtype":"I64","shape":[],"data_offsets":[3,11]}}
                """, 11),
        ];
        for (int round = 0; round < 20_000; round++)
        {
            byte[] file = Mutation.Of(seeds[round % seeds.Length], random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var header = Header.Read("f", file, file.Length);
                Assert.All(header.Entries, entry => Assert.InRange(entry.End, entry.Begin, file.Length - header.DataStart));
            }
            catch (UserError)
            {
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000 + 100L * file.Length);
        }
    }

    /// <summary>The words of the format in any order: gets past the first checks far more often than flipped bytes do.</summary>
    [Fact]
    public void AnySequenceOfTheFormatsWords_IsAcceptedOrRefusedAsUserError()
    {
        var random = new Random(21);
        string[] words =
        [
            "{", "}", "[", "]", ":", ",",
            "\"a\"", "\"b\"", "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"__metadata__\"", "\"U8\"", "\"F4\"", "0", "1", "8",
            "-1", "1.5", "9223372036854775807", "18446744073709551615", "null", "true", "\"\\ud800\"", " ",
            "\"c\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}", "\"a\":{\"dtype\":\"U8\",\"shape\":[", "],\"data_offsets\":[",
        ];
        for (int round = 0; round < 20_000; round++)
        {
            var header = new StringBuilder("{");
            for (int n = random.Next(14); n > 0; n--)
            {
                header.Append(words[random.Next(words.Length)]);
            }
            byte[] file = TestModel.Safetensors(header.Append(random.Next(2) == 0 ? "}" : "}}").ToString(), random.Next(3));
            try
            {
                Header.Read("f", file, file.Length);
            }
            catch (UserError)
            {
            }
        }
    }
}
