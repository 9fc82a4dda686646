using System.CommandLine;
using System.Text;
using System.Text.Json;
using MoeDevtools.Capture.Datasets;
using MoeDevtools.Checkpoints.Tokenizers;
using MoeDevtools.Host.Terminal;
using MoeDevtools.Messages;

namespace MoeDevtools.Host.Verbs;

/// <summary><c>tokenize</c>: ids, tokens and offsets of texts.</summary>
internal static class TokenizeVerb
{
    private static readonly Argument<string> Model = new("MODEL") { Help = $"folder with tokenizer.json, or the file" };
    private static readonly Argument<string?> Text = new("TEXT") { Arity = ArgumentArity.ZeroOrOne, Help = $"the text; without it stdin" };
    private static readonly Option<bool> NoSpecial = new("--no-special-tokens") { Help = $"leave out what the template adds (bos, eos)" };
    private static readonly Option<bool> Lines = new("--lines") { Help = $"stdin has one JSON string a line; with --json one object a line comes back" };

    public static Verb Create() => new(
        "tokenize", $"shows the tokens of a text: ids, tokens, offsets", Run, json: true,
        examples: [new("moe-devtools tokenize samples/olmoe-tiny \"7 * 3 = 21\"", $"One token a line."), new("moe-devtools tokenize MODEL --json < text.txt", $"For a script.")])
    {
        Model, Text, NoSpecial, Lines,
    };

    private static int Run(VerbContext context)
    {
        var path = context.Get(Model);
        if (Directory.Exists(path) && !File.Exists(Path.Combine(path, "tokenizer.json")))
            throw new UserError("MOE9131", $"{path} has no tokenizer.json.", $"Give the folder of a model that has one, or the file.");
        var tokenizer = Tokenizer.Load(Directory.Exists(path) ? Path.Combine(path, "tokenizer.json") : path);
        if (context.Get(Lines)) return RunLines(context, tokenizer);
        var text = context.Get(Text) ?? ReadAll();
        Write(context, tokenizer, text);
        return ExitCode.Ok;
    }

    /// <summary>A text that the tokenizer refuses is told in its line's place, and the next one read.</summary>
    private static int RunLines(VerbContext context, Tokenizer tokenizer)
    {
        var exit = ExitCode.Ok;
        using var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false, throwOnInvalidBytes: true));
        for (var number = 1; input.ReadLine() is { } line; number++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            var text = ParseLine(line, number);
            try
            {
                Write(context, tokenizer, text);
            }
            catch (UserError error)
            {
                ErrorReport.Write(error, context.Screen, context.Json);
                exit = ExitCode.BadInput;
            }
        }
        return exit;
    }

    private static string ParseLine(string line, int number)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.GetString() ?? throw new JsonException("null is not a text");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new UserError("MOE9130", $"stdin, line {number}: {e.Message}", $"With --lines each line is one JSON string.", e);
        }
    }

    private static string ReadAll()
    {
        using var bytes = new MemoryStream();
        using (var input = Console.OpenStandardInput()) input.CopyTo(bytes);
        return DatasetReader.Utf8(bytes.ToArray(), "stdin");
    }

    private static void Write(VerbContext context, Tokenizer tokenizer, string text)
    {
        var encoding = tokenizer.Encode(text, addSpecialTokens: !context.Get(NoSpecial));
        if (context.Json is { } json)
        {
            json.Write("tokens", fields => WriteJson(fields, encoding, tokenizer.Decode(encoding.Ids)));
            return;
        }
        var table = new Table(new Column($"id", Align.Right), new Column($"token") { GivesWay = 2, MinWidth = 8 }, new Column($"text") { GivesWay = 1, MinWidth = 8 }, new Column($"offsets", Align.Right), new Column($""));
        for (var i = 0; i < encoding.Ids.Length; i++)
        {
            var (start, end) = encoding.Offsets[i];
            table.Add(Numbers.Count(encoding.Ids[i]), encoding.Tokens[i], VisibleText.Token(tokenizer.Decode([encoding.Ids[i]]), context.Screen.Glyphs),
                $"{start}–{end}", encoding.SpecialTokensMask[i] == 1 ? context.Screen.Text($"special") : "");
        }
        table.Write(context.Screen);
        context.Screen.WriteLine(new Styled("  " + context.Screen.Text($"tokens: {Numbers.Count(encoding.Ids.Length)}; offsets count code points"), Tone.Dim));
    }

    private static void WriteJson(Utf8JsonWriter fields, Checkpoints.Tokenizers.Encoding encoding, string decoded)
    {
        Runs.RunJson.Ids(fields, "ids", encoding.Ids);
        fields.WriteStartArray("tokens");
        foreach (var token in encoding.Tokens) fields.WriteStringValue(token);
        fields.WriteEndArray();
        fields.WriteStartArray("offsets");
        foreach (var (start, end) in encoding.Offsets)
        {
            fields.WriteStartArray();
            fields.WriteNumberValue(start);
            fields.WriteNumberValue(end);
            fields.WriteEndArray();
        }
        fields.WriteEndArray();
        Runs.RunJson.Ids(fields, "special_tokens_mask", encoding.SpecialTokensMask);
        fields.WriteString("decoded", decoded);
    }
}
