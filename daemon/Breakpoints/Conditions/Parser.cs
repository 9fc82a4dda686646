namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>
/// Recursive descent by precedence: <c>||</c>, <c>&amp;&amp;</c>, <c>== !=</c>, <c>&lt; &lt;= &gt; &gt;=</c>, <c>+ -</c>, <c>* / %</c>, <c>! -</c>, <c>[ ]</c>.
/// The grammar is written in docs/conditions.md.
/// </summary>
internal sealed class Parser
{
    /// <summary>Deepest nesting of brackets and operators.</summary>
    public const int MaxDepth = 200;

    private static readonly string[][] Levels = [["||"], ["&&"], ["==", "!="], ["<", "<=", ">", ">="], ["+", "-"], ["*", "/", "%"]];

    private readonly string _source;
    private readonly List<Token> _tokens;
    private int _next;
    private int _depth;

    private Parser(string source, int column)
    {
        _source = source;
        _tokens = Lexer.Read(source, column);
    }

    private Token Current => _tokens[_next];

    /// <summary>Parses the whole of <paramref name="source"/>, whose first character stands at <paramref name="column"/>.</summary>
    /// <exception cref="ConditionError"/>
    public static Syntax Parse(string source, int column = 1)
    {
        var parser = new Parser(source, column);
        var root = parser.Binary(0);
        return parser.Current.Kind == TokenKind.End ? root : throw parser.Expected($"an operator or the end");
    }

    private Syntax Binary(int level)
    {
        if (level == Levels.Length) return Unary();
        var first = Current;
        var left = Binary(level + 1);
        while (Current.Kind == TokenKind.Mark && Levels[level].Contains(Current.Value))
        {
            var mark = Take();
            var right = Binary(level + 1);
            left = Make(SyntaxKind.Binary, mark.Value, 0, [left, right], first, mark.Column);
        }
        return left;
    }

    private Syntax Unary()
    {
        if (!Is("!") && !Is("-")) return Postfix();
        var mark = Take();
        Enter(mark);
        var operand = Unary();
        _depth--;
        return Make(SyntaxKind.Unary, mark.Value, 0, [operand], mark, mark.Column);
    }

    private Syntax Postfix()
    {
        var first = Current;
        var node = Primary();
        while (Is("["))
        {
            var mark = Take();
            Enter(mark);
            var index = Binary(0);
            _depth--;
            Close("]");
            node = Make(SyntaxKind.Index, "[]", 0, [node, index], first, mark.Column);
        }
        return node;
    }

    private Syntax Primary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.Number:
                Take();
                return Make(SyntaxKind.Number, token.Value, token.Number, [], token, token.Column);
            case TokenKind.Text:
                Take();
                return Make(SyntaxKind.Text, token.Value, 0, [], token, token.Column);
            case TokenKind.Name:
                Take();
                return Is("(") ? Call(token) : Make(SyntaxKind.Name, token.Value, 0, [], token, token.Column);
            default:
                if (!Is("(")) throw Expected($"a value");
                Take();
                Enter(token);
                var inner = Binary(0);
                _depth--;
                Close(")");
                return Make(inner.Kind, inner.Value, inner.Number, inner.Children, token, inner.Mark);
        }
    }

    private Syntax Call(Token name)
    {
        Enter(Take());
        var arguments = new List<Syntax>();
        if (!Is(")"))
        {
            arguments.Add(Binary(0));
            while (Is(","))
            {
                Take();
                arguments.Add(Binary(0));
            }
        }
        _depth--;
        Close(")");
        return Make(SyntaxKind.Call, name.Value, 0, arguments, name, name.Column);
    }

    private void Close(string mark)
    {
        if (!Is(mark)) throw Expected($"\"{mark}\"");
        Take();
    }

    private bool Is(string mark) => Current.Kind == TokenKind.Mark && Current.Value == mark;

    private Token Take() => _tokens[_next++];

    private void Enter(Token at)
    {
        if (++_depth > MaxDepth) throw TooDeep(at.Column);
    }

    private Syntax Make(SyntaxKind kind, string value, double number, IReadOnlyList<Syntax> children, Token first, int mark)
    {
        var last = _tokens[_next - 1];
        var node = new Syntax(kind, value, number, children, first.Column, last.Column + last.Length - first.Column, mark, _source[first.Offset..last.End]);
        return node.Depth <= MaxDepth ? node : throw TooDeep(mark);
    }

    private ConditionError Expected(FormattableString what) => new(
        "MOE3005", Current.Column, Current.Length, $"expected {what} at column {Current.Column}, found {Current.Describe()}.", $"docs/conditions.md has the grammar.");

    private static ConditionError TooDeep(int column) => new(
        "MOE3006", column, 1, $"at column {column} the condition is nested more than {MaxDepth} levels deep.", $"Split it into several breakpoints.");
}
