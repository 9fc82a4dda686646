namespace MoeDevtools.Checkpoints.Tokenizers.Models;

/// <summary>Tokens and their ids, both ways. Thread safe.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<int, string> _tokens;

    private Vocabulary(Dictionary<string, int> ids, Dictionary<int, string> tokens)
    {
        _ids = ids;
        _tokens = tokens;
        ByCharacters = ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public int Count => _ids.Count;

    public IReadOnlyDictionary<string, int> Ids => _ids;

    public Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> ByCharacters { get; }

    /// <summary>Reads an object of token to id; an id for two tokens is refused, since it decodes to neither for certain.</summary>
    public static Vocabulary Read(JsonPart part)
    {
        var ids = new Dictionary<string, int>();
        var tokens = new Dictionary<int, string>();
        foreach (var (token, value) in part.Members("a vocabulary"))
        {
            var id = value.Count();
            ids.Add(token, id);
            if (!tokens.TryAdd(id, token))
            {
                throw TokenizerErrors.Contradiction(part.File, value.Path, $"the id {id} is that of \"{tokens[id]}\" too");
            }
        }
        return new(ids, tokens);
    }

    public int? IdOf(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    public string? TokenOf(int id) => _tokens.GetValueOrDefault(id);
}
