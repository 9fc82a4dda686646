using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Debugging;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Servers.Dap.Variables;

/// <summary>What the variables of one stop are made from.</summary>
/// <param name="Language">Of words; values of numbers have none.</param>
internal sealed record Look(LaunchedSession Launched, Stop Stop, Translations Language)
{
    public DebugSession Session => Launched.Session;

    public RoutingBatch Batch => Stop.Batch;

    public int Row => Stop.Row;

    public ExpressionValue Evaluate(string expression) => Expressions.Evaluate(expression, Batch, Row, Session.LoadsOf(Stop.Router));

    /// <summary>A word of the condition language with its value here; a vector opens.</summary>
    public VariableItem Word(string word, string scope, bool settable = false)
    {
        var value = Evaluate(word);
        return new VariableItem(word, Shown.Value(value))
        {
            Type = Shown.Type(value),
            Expression = word,
            Settable = settable && !Stop.IsPast && value.Kind != ValueKind.Undefined,
            Watch = word == "entropy" ? "entropy" : null,
            Column = value.Kind == ValueKind.Vector ? word : null,
            Children = value.Kind == ValueKind.Vector ? Vector($"{scope}/{word}", word, value.Vector.Count) : null,
        };
    }

    public IEnumerable<Func<VariableItem>> Words(IEnumerable<string> words, string scope) => words.Select<string, Func<VariableItem>>(word => () => Word(word, scope));

    /// <summary>The elements of a vector, as they are when they are asked for.</summary>
    private VariableNode Vector(string key, string word, int count) => VariableNode.List(key, count, () =>
    {
        var value = Evaluate(word);
        return i => new VariableItem($"[{i}]", i < value.Vector.Count ? Shown.Real(value.Vector[i]) : "undefined: there is no such slot any more")
        {
            Type = "number",
            Expression = $"{word}[{i}]",
            Settable = word == "router_logits" && !Stop.IsPast,
        };
    });

    /// <summary>A vector that was computed, as a copy: it outlives the stop.</summary>
    public static VariableNode Copy(ExpressionValue value) => VariableNode.List("", value.Vector.Count, () => i => new VariableItem($"[{i}]", Shown.Real(value.Vector[i])) { Type = "number" });
}
