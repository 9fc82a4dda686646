using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using MoeDevtools.Checkpoints.Tokenizers.AddedTokens;
using MoeDevtools.Checkpoints.Tokenizers.Models;
using MoeDevtools.Checkpoints.Tokenizers.Normalizers;
using MoeDevtools.Checkpoints.Tokenizers.PostProcessors;
using MoeDevtools.Checkpoints.Tokenizers.PreTokenizers;
using MoeDevtools.Checkpoints.Tokenizers.Text;
using MoeDevtools.Messages;
using Decoder = MoeDevtools.Checkpoints.Tokenizers.Decoders.Decoder;

namespace MoeDevtools.Checkpoints.Tokenizers;

/// <summary>
/// A Hugging Face <c>tokenizer.json</c>, interpreted exactly as the <c>tokenizers</c> library does; what is not known is refused when
/// it is loaded. Thread safe.
/// </summary>
public sealed class Tokenizer
{
    private readonly AddedVocabulary _added;
    private readonly Normalizer? _normalizer;
    private readonly PreTokenizer? _preTokenizer;
    private readonly Model _model;
    private readonly PostProcessor? _postProcessor;
    private readonly Decoder? _decoder;
    private readonly Truncation? _truncation;
    private readonly Padding? _padding;

    private Tokenizer(JsonPart root)
    {
        var fields = root.Fields(
            "a tokenizer", "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model");
        if (fields.TryGetValue("version", out var version))
        {
            version.OneOf("version", ("1.0", true));
        }
        _model = ModelReader.Read(fields.Required(root, "model"));
        _normalizer = fields.Optional("normalizer") is { } normalizer ? NormalizerReader.Read(normalizer) : null;
        _preTokenizer = fields.Optional("pre_tokenizer") is { } preTokenizer ? PreTokenizerReader.Read(preTokenizer) : null;
        _postProcessor = fields.Optional("post_processor") is { } postProcessor ? PostProcessorReader.Read(postProcessor) : null;
        _decoder = fields.Optional("decoder") is { } decoder ? Decoders.DecoderReader.Read(decoder) : null;
        _truncation = fields.Optional("truncation") is { } truncation ? Truncation.Read(truncation, _postProcessor?.AddedTokens ?? 0) : null;
        _padding = fields.Optional("padding") is { } padding ? Padding.Read(padding) : null;
        var added = fields.TryGetValue("added_tokens", out var part) ? part : root;
        _added = new(added, fields.ContainsKey("added_tokens") ? [.. added.Items().Select(AddedToken.Read)] : [], _model, _normalizer);
        VocabularySize = _model.VocabularySize + _added.Contents.Count(content => _model.IdOf(content) is null);
    }

    /// <summary>Tokens of the model and added ones. Ids may lie above it where the file's ids have gaps.</summary>
    public int VocabularySize { get; }

    /// <exception cref="UserError">The file cannot be read, is not valid, or has a part that is not supported.</exception>
    public static Tokenizer Load(string tokenizerJsonPath)
    {
        byte[] json;
        try
        {
            json = File.ReadAllBytes(tokenizerJsonPath);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserError("MOE1207", $"{tokenizerJsonPath} cannot be read: {error.Message}", $"Check the path and its permissions.", error);
        }
        return Parse(json, tokenizerJsonPath);
    }

    /// <param name="utf8Json">Only read during the call.</param>
    /// <param name="nameForErrors">What errors call the file.</param>
    /// <exception cref="UserError">The JSON is not valid or has a part that is not supported.</exception>
    public static Tokenizer Parse(ReadOnlyMemory<byte> utf8Json, string nameForErrors)
    {
        if (!Utf8.IsValid(utf8Json.Span))
        {
            throw new UserError("MOE1208", $"{nameForErrors} is not valid UTF-8.", $"Download the file again.");
        }
        try
        {
            using var document = JsonDocument.Parse(utf8Json, new JsonDocumentOptions { MaxDepth = 128 });
            return new(new JsonPart(document.RootElement, nameForErrors));
        }
        catch (JsonException error)
        {
            throw new UserError(
                "MOE1209", $"{nameForErrors} is not valid JSON at line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}.",
                $"Download the file again.", error);
        }
    }

    /// <summary>Tokenizes a text, with the file's truncation and padding.</summary>
    /// <param name="addSpecialTokens">Whether the template's tokens are added.</param>
    /// <exception cref="UserError">The text is not valid Unicode, or the reference fails on it.</exception>
    public Encoding Encode(string text, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        RefuseHalfSurrogates(text);
        var points = CodePoints.Of(text);
        var pieces = _added.Extract(points, _normalizer);
        if (_preTokenizer is not null)
        {
            pieces = _preTokenizer.Cut(pieces);
        }
        var tokens = new TokenList(points);
        foreach (var piece in pieces)
        {
            if (piece.AddedToken >= 0)
            {
                tokens.Add(piece.AddedToken, CodePoints.ToText(piece.Points), piece, 0, piece.Length);
            }
            else
            {
                _model.Tokenize(piece, tokens);
            }
        }
        tokens = _truncation?.Apply(tokens, addSpecialTokens ? _postProcessor?.AddedTokens ?? 0 : 0) ?? tokens;
        if (_postProcessor is not null)
        {
            tokens = TokenList.Join(_postProcessor.Process([tokens], addSpecialTokens), points);
        }
        tokens = _padding?.Apply(tokens) ?? tokens;
        return new([.. tokens.Ids], [.. tokens.Tokens], [.. tokens.Offsets], [.. tokens.SpecialTokensMask]);
    }

    /// <summary>The text of ids. Ids that are not in the vocabulary are passed over, as the reference does.</summary>
    /// <exception cref="UserError">The reference fails on these ids.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        var tokens = new List<string>(ids.Length);
        foreach (var id in ids)
        {
            if (TokenOf(id) is { } token && !(skipSpecialTokens && _added.IsSpecial(token)))
            {
                tokens.Add(token);
            }
        }
        return _decoder is null ? string.Join(' ', tokens) : string.Concat(_decoder.Decode(tokens));
    }

    /// <summary>A decoder for ids that come one by one.</summary>
    public DecodeStream StreamDecode(bool skipSpecialTokens = false) => new(this, skipSpecialTokens);

    /// <summary>The token of an id, as decoding sees it; null where there is none.</summary>
    public string? TokenOf(int id) => _added.TokenOf(id) ?? _model.TokenOf(id);

    /// <summary>The id of a token; null where there is none.</summary>
    public int? IdOf(string token) => _added.IdOf(token) ?? _model.IdOf(token);

    private static void RefuseHalfSurrogates(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(at), out _, out var consumed) != System.Buffers.OperationStatus.Done)
            {
                throw new UserError(
                    "MOE1223", $"The text is not valid Unicode: at character {at + 1} there is half a surrogate pair (U+{(int)text[at]:X4}).",
                    $"Give the text as valid UTF-8.");
            }
            at += consumed;
        }
    }
}
