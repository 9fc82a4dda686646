using MoeDevtools.Messages;
using MoeDevtools.Tests.Checkpoints;

namespace MoeDevtools.Tests.Traces.Formats;

public sealed class ImportFuzzTests
{
    public static TheoryData<string> Recordings =>
        [.. Directory.GetFiles(Import.Fixture(""), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Import.Fixture(""), f)).Where(f => f.Contains('/', StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void AnyMutationOfARecording_IsImportedOrRefusedAsUserError(string name)
    {
        var random = new Random(11);
        var original = File.ReadAllBytes(Import.Fixture(name));
        for (var round = 0; round < 150; round++)
        {
            var bytes = Mutation.Of(original, random);
            if (round % 3 == 0) bytes = bytes[..random.Next(bytes.Length + 1)];
            TryImport(name, bytes);
        }
    }

    [Fact]
    public void RandomBytes_AreImportedOrRefusedAsUserError()
    {
        var random = new Random(12);
        byte[][] starts = [[], [0x93, .. "NUMPY"u8, 1, 0], [.. "PK"u8, 3, 4], [.. "{\"choices\":["u8], [.. "[{\"layer_idx\":"u8], [.. "layer_id,expert_id,count\n"u8], [.. "{\"exp_ids\":[[["u8]];
        for (var round = 0; round < 2000; round++)
        {
            var bytes = new byte[random.Next(400)];
            random.NextBytes(bytes);
            if (round % 2 == 0)
                for (var i = 0; i < bytes.Length; i++) bytes[i] = "0123456789[]{},:\"-.e\\ut\n "u8[bytes[i] % 25];
            TryImport("x", [.. starts[random.Next(starts.Length)], .. bytes]);
        }
    }

    private static void TryImport(string name, byte[] bytes)
    {
        using var file = new TemporaryFile(Path.GetFileName(name), bytes);
        try
        {
            Import.File(file.Path);
        }
        catch (UserError)
        {
        }
    }
}
