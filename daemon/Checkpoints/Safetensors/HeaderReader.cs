using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints.Safetensors;

/// <summary>
/// Reads the header's JSON token by token: nothing is nested deeper than a tensor's shape, so a deep document is refused at its first wrong
/// bracket, and memory is bounded by the header's own length.
/// </summary>
internal ref struct HeaderReader
{
    private const string MetadataKey = "__metadata__";

    // As numpy and torch have it. Without a bound one shape could take ten times the memory of its header.
    private const int MostDimensions = 64;

    private readonly string _file;
    private Utf8JsonReader _json;

    private HeaderReader(string file, ReadOnlySpan<byte> header)
    {
        _file = file;
        _json = new Utf8JsonReader(header);
    }

    public static (List<HeaderEntry> Entries, Dictionary<string, string> Metadata) Read(string file, ReadOnlySpan<byte> header)
    {
        if (header.IsEmpty || header[0] != '{')
        {
            throw new UserError("MOE1043",
                $"{file}: the header does not begin with a brace.",
                $"Download the file again; this is damaged, or not a safetensors file.");
        }
        if (!Utf8.IsValid(header))
        {
            throw new UserError("MOE1044", $"{file}: the header is not valid UTF-8.", $"Download the file again; it is damaged.");
        }
        return new HeaderReader(file, header).ReadAll();
    }

    /// <summary>The shape or size of a tensor is beyond 64 bits.</summary>
    public static UserError Overflow(string file, string tensor, string number) => new("MOE1051",
        $"{file}: {Shown.Text(tensor)}: {number} is more than can be addressed.",
        $"Download the file again; its header is damaged.");

    private (List<HeaderEntry> Entries, Dictionary<string, string> Metadata) ReadAll()
    {
        var entries = new List<HeaderEntry>();
        var metadata = new Dictionary<string, string>();
        var names = new HashSet<string>();
        Next();
        while (Next() != JsonTokenType.EndObject)
        {
            string name = Text();
            if (!names.Add(name))
            {
                throw new UserError("MOE1046",
                    $"{_file}: the header has the key {Shown.Text(name)} twice.",
                    $"Write the file again with a safetensors library.");
            }
            if (name == MetadataKey)
            {
                ReadMetadata(metadata);
            }
            else
            {
                entries.Add(ReadEntry(name));
            }
        }
        // Only white space may follow; the reader throws on anything else.
        Next();
        return (entries, metadata);
    }

    private void ReadMetadata(Dictionary<string, string> metadata)
    {
        if (Next() == JsonTokenType.Null)
        {
            return;
        }
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            throw BadMetadata($"is not an object");
        }
        while (Next() != JsonTokenType.EndObject)
        {
            string key = Text();
            if (Next() != JsonTokenType.String)
            {
                throw BadMetadata($"has a value that is not a text, of {Shown.Text(key)}");
            }
            if (!metadata.TryAdd(key, Text()))
            {
                throw BadMetadata($"has the key {Shown.Text(key)} twice");
            }
        }
    }

    private HeaderEntry ReadEntry(string name)
    {
        if (Next() != JsonTokenType.StartObject)
        {
            throw BadEntry(name, $"is not an object");
        }
        StoredType? type = null;
        long[]? shape = null;
        (long Begin, long End)? offsets = null;
        while (Next() != JsonTokenType.EndObject)
        {
            string key = Text();
            switch (key)
            {
                case "dtype" when type is null:
                    type = ReadType(name);
                    break;
                case "shape" when shape is null:
                    shape = ReadShape(name);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadOffsets(name);
                    break;
                case "dtype" or "shape" or "data_offsets":
                    throw BadEntry(name, $"has {key} twice");
                default:
                    throw BadEntry(name, $"has the unknown key {Shown.Text(key)}");
            }
        }
        return new HeaderEntry(
            name,
            type ?? throw BadEntry(name, $"has no dtype"),
            shape ?? throw BadEntry(name, $"has no shape"),
            offsets?.Begin ?? throw BadEntry(name, $"has no data_offsets"),
            offsets.Value.End);
    }

    private StoredType ReadType(string tensor)
    {
        string found = Next() == JsonTokenType.String ? Text() : _json.TokenType.ToString();
        return _json.TokenType == JsonTokenType.String && StoredTypes.TryParse(found, out var type)
            ? type
            : throw new UserError("MOE1048",
                $"{_file}: {Shown.Text(tensor)} has the unknown dtype {Shown.Text(found)}.",
                $"Convert the tensor to one of {StoredTypes.AllNames}.");
    }

    private long[] ReadShape(string tensor)
    {
        if (Next() != JsonTokenType.StartArray)
        {
            throw BadShape(tensor);
        }
        var shape = new List<long>();
        while (Next() != JsonTokenType.EndArray)
        {
            shape.Add(shape.Count < MostDimensions && Count(tensor) is { } dimension ? dimension : throw BadShape(tensor));
        }
        return [.. shape];
    }

    private (long Begin, long End) ReadOffsets(string tensor)
    {
        if (Next() == JsonTokenType.StartArray)
        {
            Next();
            long? begin = Count(tensor);
            if (begin is not null)
            {
                Next();
            }
            long? end = begin is null ? null : Count(tensor);
            if (end >= begin && Next() == JsonTokenType.EndArray)
            {
                return (begin!.Value, end.Value);
            }
        }
        throw new UserError("MOE1050",
            $"{_file}: data_offsets of {Shown.Text(tensor)} are not a begin and an end in bytes.",
            $"Download the file again; its header is damaged.");
    }

    /// <summary>The number at the reader; null when it is not a whole number from 0.</summary>
    private readonly long? Count(string tensor)
    {
        // Neither -0 nor 1.0 nor 1e0: the reference takes digits only.
        if (_json.TokenType != JsonTokenType.Number || _json.ValueSpan.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return null;
        }
        return _json.TryGetInt64(out long number)
            ? number
            : throw Overflow(_file, tensor, Shown.Text(Encoding.ASCII.GetString(_json.ValueSpan)));
    }

    private JsonTokenType Next()
    {
        try
        {
            return _json.Read() ? _json.TokenType : JsonTokenType.None;
        }
        catch (JsonException e)
        {
            throw NotJson(e);
        }
    }

    private readonly string Text()
    {
        try
        {
            return _json.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // Half a surrogate pair, written as an escape.
            throw NotJson(e);
        }
    }

    private readonly UserError NotJson(Exception cause) => new("MOE1045",
        $"{_file}: the header is not valid JSON near its byte {_json.BytesConsumed}.",
        $"Download the file again; its header is damaged.",
        cause);

    private readonly UserError BadEntry(string tensor, FormattableString what) => new("MOE1047",
        $"{_file}: the header's entry of {Shown.Text(tensor)} {what}.",
        $"Write the file again with a safetensors library; an entry has dtype, shape and data_offsets, nothing else.");

    private readonly UserError BadShape(string tensor) => new("MOE1049",
        $"{_file}: the shape of {Shown.Text(tensor)} is not a list of at most {MostDimensions} whole numbers from 0.",
        $"Download the file again; its header is damaged.");

    private readonly UserError BadMetadata(FormattableString what) => new("MOE1058",
        $"{_file}: __metadata__ in the header {what}.",
        $"Write the file again with texts only in its metadata.");
}
