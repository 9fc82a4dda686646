using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Tests.Breakpoints;

/// <summary>The condition language once more, walking the tree with exceptions for what is undefined: what the compiled code must equal.</summary>
internal sealed class NaiveInterpreter(RoutingBatch batch, int row)
{
    internal sealed class UndefinedException : Exception;

    public object Value(Syntax node)
    {
        switch (node.Kind)
        {
            case SyntaxKind.Number: return node.Number;
            case SyntaxKind.Text: return node.Value;
            case SyntaxKind.Unary: return node.Value == "!" ? !(bool)Value(node.Children[0]) : -(double)Value(node.Children[0]);
            case SyntaxKind.Index: return Element(node);
            case SyntaxKind.Name or SyntaxKind.Call: return Quantity(node);
        }
        if (node.Value == "&&") return (bool)Value(node.Children[0]) && (bool)Value(node.Children[1]);
        if (node.Value == "||") return (bool)Value(node.Children[0]) || (bool)Value(node.Children[1]);
        var (left, right) = (Value(node.Children[0]), Value(node.Children[1]));
        if (left is not double a || right is not double b) return node.Value == "==" ? left.Equals(right) : !left.Equals(right);
        return node.Value switch
        {
            "==" => a == b,
            "!=" => a != b,
            "<" => a < b,
            "<=" => a <= b,
            ">" => a > b,
            ">=" => a >= b,
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => b == 0 ? throw new UndefinedException() : a / b,
            _ => b == 0 ? throw new UndefinedException() : (object)(a % b),
        };
    }

    private object Element(Syntax node)
    {
        double[] vector = node.Children[0].Value switch
        {
            "router_logits" => [.. batch.LogitsOf(row).ToArray().Select(x => (double)x)],
            "router_scores" => [.. batch.ScoresOf(row).ToArray().Select(x => (double)x)],
            "selected_experts" => [.. batch.ExpertsOf(row).ToArray().Select(x => (double)x)],
            _ => [.. batch.WeightsOf(row).ToArray().Select(x => (double)x)],
        };
        return vector[Index(Value(node.Children[1]), vector.Length)];
    }

    private static int Index(object value, int count)
    {
        var index = (double)value;
        return index == Math.Floor(index) && index >= 0 && index < count ? (int)index : throw new UndefinedException();
    }

    private object Quantity(Syntax node)
    {
        var experts = batch.ExpertsOf(row).ToArray();
        int Expert() => Index(Value(node.Children[0]), batch.Experts);
        switch (node.Value)
        {
            case "true": return true;
            case "false": return false;
            case "decode": return "decode";
            case "row": return (double)row;
            case "layer": return (double)batch.Router.Id.Layer;
            case "phase": return batch.Pass.Phase.Word();
            case "token": return batch.Pass.Rows.Text[row] ?? throw new UndefinedException();
            case "token_id": return batch.Pass.Rows.TokenId[row] is >= 0 and var id ? (double)id : throw new UndefinedException();
            case "entropy": return Entropy.Normalised(batch.ScoresOf(row)) is var h && double.IsNaN(h) ? throw new UndefinedException() : h;
            case "k": return (double)experts.Count(e => e >= 0);
            case "dropped": return experts.Contains(-1);
            case "selected": return experts.Contains(Expert());
            case "weightOf":
                var slot = Array.IndexOf(experts, Expert());
                return slot < 0 ? 0.0 : batch.WeightsOf(row)[slot];
            case "load":
                var counts = Counts();
                return (double)counts[Expert()] * counts.Length / counts.Sum();
            case "maxVio": return (double)Counts().Max() * batch.Experts / Counts().Sum() - 1;
            case "tokens": return (double)TokenRows().Count();
        }
        var rows = TokenRows().Select(r => Try(() => new NaiveInterpreter(batch, r).Value(node.Children[0]))).ToList();
        if (node.Value == "any" && rows.Contains(true)) return true;
        if (node.Value == "all" && rows.Contains(false)) return false;
        if (rows.Contains(null)) throw new UndefinedException();
        return node.Value switch
        {
            "any" => false,
            "all" => true,
            "count" => (double)rows.Count(true.Equals),
            "mean" => rows.Average(r => (double)r!),
            "min" => rows.Min(r => (double)r!),
            _ => (object)rows.Max(r => (double)r!),
        };
    }

    private IEnumerable<int> TokenRows() => Enumerable.Range(0, batch.Tokens).Where(batch.IsToken);

    private int[] Counts()
    {
        var counts = new int[batch.Experts];
        foreach (var r in TokenRows())
            foreach (var e in batch.ExpertsOf(r))
                if (e >= 0) counts[e]++;
        return counts;
    }

    private static object? Try(Func<object> value)
    {
        try
        {
            return value();
        }
        catch (UndefinedException)
        {
            return null;
        }
    }
}
