using MoeDevtools.Breakpoints.Functions;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>What may be written at a place of a condition.</summary>
public static class Completions
{
    private static readonly string[] NumberOperators = ["<", "<=", ">", ">=", "==", "!=", "+", "-", "*", "/", "%"];
    private static readonly string[] SameOperators = ["==", "!="];
    private static readonly string[] TruthOperators = ["&&", "||"];

    /// <summary>What may stand at <paramref name="cursor"/>, filtered by the part of a word before it, case ignored.</summary>
    /// <param name="cursor">In UTF-16 units of <paramref name="text"/>.</param>
    public static IReadOnlyList<Completion> At(string text, int cursor, IReadOnlyList<RouterInfo> routers)
    {
        var before = text[..Math.Clamp(cursor, 0, text.Length)];
        var quote = OpenQuote(before);
        var start = quote >= 0 ? quote : WordStart(before);
        var tokens = Tokens(before[..start]);
        if (tokens is null) return [];
        var candidates = quote >= 0 ? Quoted(tokens, before[quote], routers) : Candidates(tokens, routers);
        return [.. candidates.Where(c => c.Text.StartsWith(before[start..], StringComparison.OrdinalIgnoreCase))];
    }

    private static IEnumerable<Completion> Candidates(List<Token> tokens, IReadOnlyList<RouterInfo> routers)
    {
        if (EndsValue(tokens)) return Operators(tokens).Select(o => new Completion(o, "operator", ""));
        if (ComparedName(tokens) == "phase") return Words.Phases.Select(p => new Completion(p, "phase", "a phase"));
        if (ComparedName(tokens) == "router") return Quoted(tokens, '"', routers);
        var vectorsOnly = tokens.Count > 1 && tokens[^1].Value == "(" && tokens[^2].Value == "isFinite";
        return Catalogue.Quantities.Where(q => !vectorsOnly || q.Kind == ValueKind.Vector).Select(q => vectorsOnly ? Of(q, "") : Of(q));
    }

    private static Completion Of(Quantity quantity) =>
        Of(quantity, quantity.Kind == ValueKind.Vector ? "[" : quantity.Required > 0 ? "(" : "");

    private static Completion Of(Quantity quantity, string suffix) => new(
        quantity.Name + suffix,
        quantity.Kind == ValueKind.Vector ? "vector" : quantity.IsFunction ? "function" : "name",
        $"{quantity.Signature}: {quantity.Meaning} ({quantity.Unit})");

    /// <summary>The texts that a quoted text after <c>router ==</c> or <c>phase ==</c> can be.</summary>
    private static IEnumerable<Completion> Quoted(List<Token> tokens, char quote, IReadOnlyList<RouterInfo> routers) => ComparedName(tokens) switch
    {
        "router" => routers.Select(r => new Completion($"{quote}{r.Name}{quote}", "router", r.Rule.Describe())),
        "phase" => Words.Phases.Select(p => new Completion($"{quote}{p}{quote}", "phase", "a phase")),
        _ => [],
    };

    private static IEnumerable<string> Operators(List<Token> tokens)
    {
        var quantity = tokens[^1].Kind == TokenKind.Name ? Catalogue.Find(tokens[^1].Value) : null;
        return quantity?.Kind switch
        {
            ValueKind.Number when quantity.Required == 0 => NumberOperators,
            ValueKind.Text => SameOperators,
            ValueKind.Truth when quantity.Required == 0 => TruthOperators,
            ValueKind.Vector => ["["],
            null => [.. NumberOperators, .. TruthOperators],
            _ => ["("],
        };
    }

    /// <summary>The name left of the <c>==</c> or <c>!=</c> that the tokens end with; null = they end otherwise.</summary>
    private static string? ComparedName(List<Token> tokens) =>
        tokens.Count > 1 && tokens[^1] is { Kind: TokenKind.Mark, Value: "==" or "!=" } ? tokens[^2].Value : null;

    private static bool EndsValue(List<Token> tokens) =>
        tokens.Count > 0 && (tokens[^1].Kind != TokenKind.Mark || tokens[^1].Value is ")" or "]");

    /// <summary>Null where the text before the cursor is no condition.</summary>
    private static List<Token>? Tokens(string text)
    {
        try
        {
            return Lexer.Read(text, 1)[..^1];
        }
        catch (UserError)
        {
            return null;
        }
    }

    private static int WordStart(string text)
    {
        var start = text.Length;
        while (start > 0 && (char.IsAsciiLetterOrDigit(text[start - 1]) || text[start - 1] == '_')) start--;
        return start;
    }

    /// <summary>Where the quote stands that is still open at the end; -1 = none.</summary>
    private static int OpenQuote(string text)
    {
        var open = -1;
        for (var i = 0; i < text.Length; i++)
        {
            if (open < 0) open = text[i] is '"' or '\'' ? i : -1;
            else if (text[i] == '\\') i++;
            else if (text[i] == text[open]) open = -1;
        }
        return open;
    }
}
