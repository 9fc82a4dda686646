using System.Buffers.Binary;
using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints.Safetensors;

/// <summary>
/// The header of a safetensors file, valid as a whole: tensors lie side by side and fill the file to its last byte. The rules are those of
/// the reference implementation (github.com/huggingface/safetensors, <c>tensor.rs</c>) and, beyond it, of the format's README: the header
/// begins with <c>{</c> and no key occurs twice.
/// </summary>
internal sealed class Header
{
    public const int LengthBytes = 8;
    public const int MostBytes = 100_000_000;

    private Header(long dataStart, IReadOnlyList<HeaderEntry> entries, IReadOnlyDictionary<string, string> metadata) =>
        (DataStart, Entries, Metadata) = (dataStart, entries, metadata);

    /// <summary>Position in the file of the first tensor's first byte.</summary>
    public long DataStart { get; }

    /// <summary>In the order of their bytes.</summary>
    public IReadOnlyList<HeaderEntry> Entries { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <param name="file">For messages.</param>
    /// <param name="start">The file's first bytes: all of them, or at least <see cref="LengthBytes"/> + <see cref="MostBytes"/>.</param>
    /// <param name="fileLength">In bytes.</param>
    public static Header Read(string file, ReadOnlySpan<byte> start, long fileLength)
    {
        if (start.Length < LengthBytes)
        {
            throw new UserError("MOE1040",
                $"{file}: the file has {fileLength} bytes and ends within the 8 bytes that say how long its header is.",
                $"Download the file again.");
        }
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > MostBytes)
        {
            throw new UserError("MOE1041",
                $"{file}: the first 8 bytes say that the header has {length} bytes; {MostBytes} are allowed.",
                $"Download the file again; this is damaged, or not a safetensors file.");
        }
        if ((long)length > fileLength - LengthBytes)
        {
            throw new UserError("MOE1042",
                $"{file}: the header should have {length} bytes, but only {fileLength - LengthBytes} follow; the file is cut off.",
                $"Download the file again.");
        }
        var (entries, metadata) = HeaderReader.Read(file, start.Slice(LengthBytes, (int)length));
        entries.Sort(static (a, b) => (a.Begin, a.End, a.Name).CompareTo((b.Begin, b.End, b.Name)));
        long dataStart = LengthBytes + (long)length;
        RequireSideBySide(file, entries, fileLength - dataStart);
        return new Header(dataStart, entries, metadata);
    }

    private static void RequireSideBySide(string file, List<HeaderEntry> entries, long dataBytes)
    {
        HeaderEntry? previous = null;
        foreach (var entry in entries)
        {
            long end = previous?.End ?? 0;
            if (entry.Begin > end)
            {
                throw new UserError("MOE1054",
                    $"{file}: bytes {end} to {entry.Begin}, before {Shown.Text(entry.Name)}, belong to no tensor.",
                    $"Write the file again with a safetensors library; the format allows no holes.");
            }
            if (entry.Begin < end)
            {
                throw new UserError("MOE1055",
                    $"{file}: {Shown.Text(entry.Name)} begins at byte {entry.Begin}, before {Shown.Text(previous!.Name)} ends at {end}.",
                    $"Write the file again with a safetensors library; the format allows no shared bytes.");
            }
            RequireSize(file, entry);
            previous = entry;
        }
        long needed = previous?.End ?? 0;
        if (needed > dataBytes)
        {
            throw new UserError("MOE1056",
                $"{file}: the header describes {needed} bytes of tensors, but {dataBytes} follow it; {needed - dataBytes} are missing.",
                $"Download the file again; it is cut off.");
        }
        if (needed < dataBytes)
        {
            throw new UserError("MOE1057",
                $"{file}: {dataBytes - needed} bytes after the last tensor belong to no tensor.",
                $"Download the file again; something was appended to it, or its header was cut.");
        }
    }

    private static void RequireSize(string file, HeaderEntry entry)
    {
        long bits;
        try
        {
            checked
            {
                bits = 1;
                foreach (long dimension in entry.Shape)
                {
                    bits *= dimension;
                }
                bits *= entry.Type.Bits();
            }
        }
        catch (OverflowException)
        {
            throw HeaderReader.Overflow(file, entry.Name, Shown.Shape(entry.Shape));
        }
        if (bits % 8 != 0)
        {
            throw new UserError("MOE1052",
                $"{file}: {Shown.Text(entry.Name)} is {entry.Type.Name()} {Shown.Shape(entry.Shape)}: {bits} bits are no whole bytes.",
                $"Write the file again with an even number of packed values.");
        }
        if (entry.End - entry.Begin != bits / 8)
        {
            long bytes = entry.End - entry.Begin;
            throw new UserError("MOE1053",
                $"{file}: {Shown.Text(entry.Name)} is {entry.Type.Name()} {Shown.Shape(entry.Shape)} and has {bytes} bytes, not {bits / 8}.",
                $"Download the file again; its header is damaged.");
        }
    }
}
