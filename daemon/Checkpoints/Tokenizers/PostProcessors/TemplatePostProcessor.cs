using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.PostProcessors;

/// <summary>TemplateProcessing: the text (null below) and special tokens in the order of a template.</summary>
internal sealed class TemplatePostProcessor : PostProcessor
{
    private readonly List<(int Id, string Token)[]?> _single;

    private TemplatePostProcessor(List<(int Id, string Token)[]?> single) => _single = single;

    public override int AddedTokens => _single.Sum(piece => piece?.Length ?? 0);

    public static TemplatePostProcessor Read(JsonPart part)
    {
        var fields = part.Fields("TemplateProcessing", "type", "single", "pair", "special_tokens");
        var special = new Dictionary<string, (int, string)[]>();
        foreach (var (name, token) in fields.Required(part, "special_tokens").Members("the special tokens of a template"))
        {
            var entry = token.Fields("a special token", "id", "ids", "tokens");
            entry.Required(token, "id").Text();
            var ids = entry.Required(token, "ids").Items().Select(i => i.Count()).ToList();
            var tokens = entry.Required(token, "tokens").Items().Select(t => t.Text()).ToList();
            special.Add(name, ids.Count == tokens.Count
                ? [.. ids.Zip(tokens)]
                : throw TokenizerErrors.Contradiction(part.File, token.Path, $"it has {ids.Count} ids but {tokens.Count} tokens"));
        }
        ReadPieces(fields.Required(part, "pair"), special, pair: true);
        return new(ReadPieces(fields.Required(part, "single"), special, pair: false));
    }

    private static List<(int, string)[]?> ReadPieces(JsonPart template, Dictionary<string, (int, string)[]> special, bool pair)
    {
        var pieces = new List<(int, string)[]?>();
        foreach (var item in template.Items())
        {
            var choice = item.Fields("a piece of a template", "Sequence", "SpecialToken");
            if (choice.Count != 1)
            {
                throw TokenizerErrors.Contradiction(item.File, item.Path, "a piece is either a Sequence or a SpecialToken");
            }
            var (kind, inner) = choice.Single();
            var fields = inner.Fields(kind, "id", "type_id");
            fields.Required(inner, "type_id").Count();
            var id = fields.Required(inner, "id");
            if (kind == "Sequence")
            {
                var second = id.OneOf("sequence", ("A", false), ("B", true));
                pieces.Add(!second || pair ? null : throw TokenizerErrors.Unsupported(item.File, id.Path, "the second text in the template of one", "A"));
                continue;
            }
            pieces.Add(special.TryGetValue(id.Text(), out var tokens)
                ? tokens
                : throw TokenizerErrors.Contradiction(item.File, id.Path, $"\"{id.Text()}\" is not in special_tokens"));
        }
        return pieces;
    }

    public override List<TokenList> Process(List<TokenList> parts, bool addSpecialTokens)
    {
        var output = new List<TokenList>();
        foreach (var piece in _single)
        {
            if (piece is null)
            {
                output.Add(parts[0].Slice(0, parts[0].Count));
            }
            else if (addSpecialTokens)
            {
                var tokens = parts[0].Slice(0, 0);
                foreach (var (id, token) in piece)
                {
                    tokens.Add(id, token, 0, 0, special: 1);
                }
                output.Add(tokens);
            }
        }
        return output;
    }
}
