using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Decoders;

/// <summary>
/// Turns tokens of the byte alphabet into their bytes, any other token into its UTF-8, and reads all of it as UTF-8 with U+FFFD for
/// what is not.
/// </summary>
internal sealed class ByteLevelDecoder : Decoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var bytes = new List<byte>();
        foreach (var token in tokens)
        {
            var before = bytes.Count;
            foreach (var c in token)
            {
                if (ByteAlphabet.ByteOf(c) is >= 0 and var value)
                {
                    bytes.Add((byte)value);
                    continue;
                }
                bytes.RemoveRange(before, bytes.Count - before);
                bytes.AddRange(System.Text.Encoding.UTF8.GetBytes(token));
                break;
            }
        }
        return [System.Text.Encoding.UTF8.GetString([.. bytes])];
    }
}
