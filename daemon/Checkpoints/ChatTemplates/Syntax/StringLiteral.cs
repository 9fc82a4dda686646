using System.Globalization;
using System.Text;

namespace MoeDevtools.Checkpoints.ChatTemplates.Syntax;

/// <summary>The escapes of Python's string literals; an unknown one keeps its backslash.</summary>
internal static class StringLiteral
{
    /// <summary>Null when all is well, otherwise where in <paramref name="body"/> and what.</summary>
    public static (int At, string Detail)? Unescape(ReadOnlySpan<char> body, out string text)
    {
        var result = new StringBuilder(body.Length);
        text = "";
        for (var i = 0; i < body.Length; i++)
        {
            if (body[i] != '\\')
            {
                result.Append(body[i]);
                continue;
            }

            var start = i++;
            switch (body[i])
            {
                case '\n': break;
                case '\\': result.Append('\\'); break;
                case '\'': result.Append('\''); break;
                case '"': result.Append('"'); break;
                case 'a': result.Append('\a'); break;
                case 'b': result.Append('\b'); break;
                case 'f': result.Append('\f'); break;
                case 'n': result.Append('\n'); break;
                case 'r': result.Append('\r'); break;
                case 't': result.Append('\t'); break;
                case 'v': result.Append('\v'); break;
                case >= '0' and <= '7':
                    var octal = 0;
                    var last = Math.Min(i + 3, body.Length);
                    for (; i < last && body[i] is >= '0' and <= '7'; i++)
                    {
                        octal = (octal * 8) + (body[i] - '0');
                    }

                    i--;
                    result.Append((char)octal);
                    break;
                case 'x' or 'u' or 'U':
                    var digits = body[i] switch { 'x' => 2, 'u' => 4, _ => 8 };
                    if (i + digits >= body.Length
                        || !uint.TryParse(body.Slice(i + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                        || code > 0x10FFFF)
                    {
                        return (start, $"'\\{body[i]}' needs {digits} hexadecimal digits of a code point");
                    }

                    result.Append(code > 0xFFFF ? char.ConvertFromUtf32((int)code) : ((char)code).ToString());
                    i += digits;
                    break;
                case 'N':
                    return (start, "'\\N{...}' is not known here, write the character's number as '\\u....'");
                default:
                    result.Append('\\').Append(body[i]);
                    break;
            }
        }

        text = result.ToString();
        return null;
    }
}
