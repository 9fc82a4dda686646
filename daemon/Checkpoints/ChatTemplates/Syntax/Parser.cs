using MoeDevtools.Checkpoints.ChatTemplates.Library;
using MoeDevtools.Checkpoints.ChatTemplates.Runtime;
using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints.ChatTemplates.Syntax;

/// <summary>Turns tokens into delegates, by Jinja's grammar. A part: the tokens, and which names the template can call.</summary>
internal sealed partial class Parser
{
    /// <summary>Blocks in blocks and brackets in brackets.</summary>
    private const int MaxNesting = 100;

    private readonly string template;
    private readonly IReadOnlyList<Token> tokens;
    private readonly HashSet<string> bound = new(StringComparer.Ordinal) { "caller", "loop", "varargs", "kwargs" };
    private readonly HashSet<string> guarded = new(StringComparer.Ordinal);
    private readonly List<(string Kind, string Name, Position At)> calls = [];
    private int next;
    private int nesting;

    private Parser(string template, IReadOnlyList<Token> tokens)
    {
        this.template = template;
        this.tokens = tokens;
    }

    private Token Current => tokens[next];

    public static Statement Parse(string template, string source)
    {
        var parser = new Parser(template, Lexer.Tokenize(template, source));
        var body = parser.ParseBody();
        parser.CheckCalls();
        return body;
    }

    /// <summary>
    /// A call of a name that nothing binds can never succeed, unless the template asks first whether the name is defined: variables
    /// from outside are JSON and cannot be called.
    /// </summary>
    private void CheckCalls()
    {
        foreach (var (kind, name, at) in calls)
        {
            var known = kind == "function" ? Globals.All.ContainsKey(name) : Methods.Exists(name);
            if (!known && !bound.Contains(name) && !guarded.Contains(name))
            {
                throw TemplateErrors.Unknown(template, at, kind, name);
            }
        }
    }

    private Token Take() => tokens[next++];

    private bool TakeOperator(string text) => Current.IsOperator(text) && Taken();

    private bool TakeName(string text) => Current.IsName(text) && Taken();

    private bool Taken()
    {
        next++;
        return true;
    }

    private void ExpectOperator(string text)
    {
        if (!TakeOperator(text))
        {
            throw Expected($"'{text}'");
        }
    }

    private string ExpectIdentifier()
    {
        if (Current.Kind != TokenKind.Name || !IsIdentifier(Current.Text))
        {
            throw Expected("a name");
        }

        return Take().Text;
    }

    private void Expect(TokenKind kind, string shown)
    {
        if (Current.Kind != kind)
        {
            throw Expected(shown);
        }

        next++;
    }

    private static bool IsIdentifier(string name) =>
        name is not ("true" or "True" or "false" or "False" or "none" or "None") && !char.IsDigit(name[0]);

    private T Nested<T>(Func<T> parse)
    {
        if (++nesting > MaxNesting)
        {
            throw TemplateErrors.Limit(template, Current.At, $"more than {MaxNesting} blocks or brackets within each other");
        }

        var result = parse();
        nesting--;
        return result;
    }

    private UserError Expected(string what) => Syntax(Current.At, $"expected {what}, found {Current.Shown}");

    private UserError Syntax(Position at, string detail) => TemplateErrors.Syntax(template, at, detail);
}
