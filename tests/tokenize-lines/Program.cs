// tokenize-lines TOKENIZER.JSON: reads JSON strings from stdin, one a line, and writes for each one JSON object a line:
// ids, tokens, offsets, special_tokens_mask, decoded (special tokens kept), or error where the text is refused.
// "--no-special" leaves the template out.
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MoeDevtools.Checkpoints.Tokenizers;
using MoeDevtools.Messages;

var options = new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
using var input = new StreamReader(Console.OpenStandardInput(), utf8);
using var output = new StreamWriter(Console.OpenStandardOutput(), utf8);
var tokenizer = Tokenizer.Load(args[0]);
while (input.ReadLine() is { } line)
{
    object answer;
    try
    {
        var encoding = tokenizer.Encode(JsonSerializer.Deserialize<string>(line)!, addSpecialTokens: !args.Contains("--no-special"));
        answer = new
        {
            ids = encoding.Ids,
            tokens = encoding.Tokens,
            offsets = encoding.Offsets.Select(o => new[] { o.Start, o.End }),
            special_tokens_mask = encoding.SpecialTokensMask,
            decoded = tokenizer.Decode(encoding.Ids),
        };
    }
    catch (UserError error)
    {
        answer = new { error = error.Message };
    }
    output.Write(JsonSerializer.Serialize(answer, options) + "\n");
}
