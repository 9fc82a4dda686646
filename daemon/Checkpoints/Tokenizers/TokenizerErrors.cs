using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints.Tokenizers;

/// <summary>The errors of tokenizer.json that more than one place meets; each id is thrown from here alone.</summary>
internal static class TokenizerErrors
{
    /// <param name="path">JSON path of the part, as in <c>$.model.type</c>.</param>
    public static UserError Unsupported(string file, string path, string found, string supported) => new(
        "MOE1201", $"{file}: {path} is {found}, which this version does not support.", $"Use a tokenizer where it is {supported}.");

    public static UserError UnknownField(string file, string path, string owner, string known) => new(
        "MOE1202", $"{file}: {path} is not a field of {owner}.", $"Remove the field or use a version that knows it; the known fields are {known}.");

    public static UserError Missing(string file, string path) => new(
        "MOE1203", $"{file}: {path} is missing.", $"Download the file again, or save it anew with the tokenizers library.");

    public static UserError WrongType(string file, string path, string found, string expected) => new(
        "MOE1204", $"{file}: {path} is {found} instead of {expected}.", $"Download the file again, or save it anew with the tokenizers library.");

    public static UserError Contradiction(string file, string path, string fact) => new(
        "MOE1205", $"{file}: {path}: {fact}.", $"Download the file again, or save it anew with the tokenizers library.");

    public static UserError Regex(string file, string path, string pattern, int at, string construct) => new(
        "MOE1206", $"{file}: {path}: the regular expression \"{pattern}\" has {construct} at column {at + 1}.",
        $"Use a tokenizer whose patterns do without it.");

    /// <summary>The reference implementation stops with a panic or an error on this input, so there is no right answer.</summary>
    public static UserError ReferenceFails(string part, string why) => new(
        "MOE1220", $"{part} cannot process this input: {why}.", $"Change the input; the reference implementation fails on it too.");

    public static UserError NoUnknownToken(string model, string token) => new(
        "MOE1221", $"The text has a piece that the {model} vocabulary lacks, and its unknown token ({token}) is not in the vocabulary either.",
        $"Use a tokenizer whose vocabulary has its unknown token.");
}
