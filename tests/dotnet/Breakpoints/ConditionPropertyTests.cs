using System.Text;
using MoeDevtools.Breakpoints;
using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Tests.Breakpoints;

public sealed class ConditionPropertyTests
{
    private static readonly string[] Pieces =
    [
        "entropy", "load(", "selected(", "any(", "(", ")", "[", "]", ",", " && ", "||", "!", "-", " < ", "==", "3", "0.5", "1e400", "\"", "'", "\\", "\\u12", "text", "router_logits",
        "phase", "decode", " if ", " hits ", " mode ", " once", "expert ", "crosses ", "{", "}", ":", "*", "%", " ", "🍞", "\ud800", "\0", "7", ">", "isFinite(", "0.00",
    ];

    [Fact]
    public void CompiledExpression_EqualsTheNaiveInterpreter()
    {
        var router = Batches.Router(layer: 1, experts: 6, k: 3);
        var batch = Batches.Random(router, 12, seed: 5, spread: 4);
        var rows = batch.Pass.Rows;
        rows.Text[3] = null;
        rows.TokenId[4] = -1;
        rows.Padding[7] = true;
        batch.ScoresOf(5)[2] = float.NaN;
        batch.LogitsOf(5)[2] = float.PositiveInfinity;
        (batch.ExpertsOf(6)[2], batch.WeightsOf(6)[2]) = (-1, 0);
        var random = new Random(11);
        int evaluated = 0, undefined = 0, truths = 0;
        for (var i = 0; i < 1500; i++)
        {
            var text = random.Next(3) == 0 ? Number(random, 4, rowsAllowed: true) : Truth(random, 4, rowsAllowed: true);
            Bound bound;
            try
            {
                bound = new Binder(router, rows: true, 10).Bind(Parser.Parse(text));
            }
            catch (ConditionError)
            {
                continue;
            }
            var at = new Evaluation();
            at.Begin(batch, null);
            var compiled = new CompiledExpression(bound);
            var asCondition = bound.Type == ValueKind.Truth ? new CompiledCondition(bound, text, perRow: true) : null;
            for (var row = 0; row < batch.Tokens; row++)
            {
                if (!batch.IsToken(row)) continue;
                at.Row = row;
                var value = compiled.Evaluate(at);
                object? expected;
                try
                {
                    expected = new NaiveInterpreter(batch, row).Value(bound.Syntax);
                }
                catch (NaiveInterpreter.UndefinedException)
                {
                    expected = null;
                }
                var place = $"{text} in row {row}";
                evaluated++;
                if (expected is null) undefined++;
                if (expected is true) truths++;
                if (expected is null) Assert.True(value.Kind == ValueKind.Undefined, place);
                else if (expected is bool truth) Assert.True(value.Kind == ValueKind.Truth && value.Truth == truth, place);
                else Assert.True(value.Kind == ValueKind.Number && Same((double)expected, value.Number), $"{place}: {expected} {value.Number}");
                if (asCondition is null) continue;
                at.Reset();
                var holds = asCondition.Test(at);
                Assert.True(expected is null ? at.Error is not null : at.Error is null && holds == (bool)expected, $"{place} as a condition");
            }
        }
        Assert.InRange(evaluated, 5000, 20000);
        Assert.InRange(undefined, evaluated / 20, evaluated * 3 / 4);
        Assert.InRange(truths, evaluated / 20, evaluated);
    }

    /// <summary>What is refused as impossible must never be true, whatever the routing.</summary>
    [Fact]
    public void RefusedAsImpossible_IsNeverTrue()
    {
        var router = Batches.Router(layer: 1, experts: 6, k: 3);
        var batches = Enumerable.Range(0, 4).Select(seed => Batches.Random(router, 8, seed, spread: 1 << seed)).ToList();
        var random = new Random(3);
        var refused = 0;
        for (var i = 0; i < 4000; i++)
        {
            var text = Truth(random, 3, rowsAllowed: true);
            Bound bound;
            try
            {
                bound = new Binder(router, rows: true, 10).Condition(Parser.Parse(text));
                new Attainability(router).Check(bound);
                continue;
            }
            catch (ConditionError error) when (error.Id == "MOE3016")
            {
                bound = new Binder(router, rows: true, 10).Condition(Parser.Parse(text));
            }
            catch (ConditionError)
            {
                continue;
            }
            refused++;
            foreach (var batch in batches)
                for (var row = 0; row < batch.Tokens; row++)
                {
                    object value;
                    try
                    {
                        value = new NaiveInterpreter(batch, row).Value(bound.Syntax);
                    }
                    catch (NaiveInterpreter.UndefinedException)
                    {
                        continue;
                    }
                    Assert.False((bool)value, $"{text} in row {row}");
                }
        }
        Assert.True(refused > 100, $"{refused} refused");
    }

    [Fact]
    public void RandomText_OnlyEverGivesUserErrors()
    {
        var routers = Batches.Routers(2);
        var random = new Random(23);
        var text = new StringBuilder();
        for (var i = 0; i < 20_000; i++)
        {
            text.Clear();
            for (var n = random.Next(1, 12); n > 0; n--) text.Append(Pieces[random.Next(Pieces.Length)]);
            var input = text.ToString();
            Ignore(() => Parser.Parse(input));
            Ignore(() => new Binder(routers[0], rows: true, 10).Bind(Parser.Parse(input)));
            Ignore(() => BreakpointSpec.Parse("* " + input));
            Ignore(() => LogTemplate.Parse(input, 1));
            Ignore(() => BreakpointSpec.ParseLog(input));
            Completions.At(input, random.Next(input.Length + 1), routers);
        }
    }

    [Fact]
    public void Evaluation_AllocatesNothing()
    {
        var router = Batches.Router(experts: 64, k: 8);
        var batch = Batches.Random(router, 64, seed: 9);
        batch.Pass.Rows.Text[1] = null;
        batch.ScoresOf(2)[3] = float.NaN;
        var loads = new ExpertLoads(64, 20);
        loads.Add(batch);
        string[] conditions =
        [
            "k == 8", "entropy < 0.5 && selected(3)", "token == \"none\"", "1 / (row - 3) > 2 && router_logits[token_id % 70] > 100", "selectionMargin < 0 || top1Margin > 0.999",
            "load(3, 10) + share(4) + cv(5) + deadExperts > 60", "any(entropy < 0.01 && weightOf(5) > 0.9)", "phase == decode && entropy < mean(entropy)", "topWeight + routing_weights[k - 1] > 1.99",
            "maxVio + effectiveExperts + loadEntropy(3) + dropRate > 70",
        ];
        // All together, and each alone. The hit count is never reached.
        var managers = conditions.Select(c => new[] { c }).Append(conditions).Select(together =>
        {
            var manager = new BreakpointManager([router]);
            foreach (var condition in together) manager.Add(new BreakpointSpec { Routers = "*", Condition = condition, Hits = ">1000000000" });
            return manager;
        }).ToList();
        var hits = new List<Hit>();
        void Run(int times)
        {
            var stops = 0;
            foreach (var manager in managers)
                for (var i = 0; i < times; i++) stops += manager.FindHits(batch, loads, 0, hits, _ => { }) + 1;
            if (stops != 0) throw new InvalidOperationException("stopped");
        }
        Run(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(300);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        var all = managers.SelectMany(m => m.All).ToList();
        Assert.True(all.Sum(b => b.Reached) > 200_000);
        Assert.True(all.Sum(b => b.True) > 20_000);
        Assert.True(all.Sum(b => b.Errored) > 0);
    }

    private static string Truth(Random random, int depth, bool rowsAllowed)
    {
        string T() => Truth(random, depth - 1, rowsAllowed);
        string N() => Number(random, depth - 1, rowsAllowed);
        return (depth <= 0 ? random.Next(4) : random.Next(14)) switch
        {
            0 => "true",
            1 => "dropped",
            2 => $"selected({random.Next(6)})",
            3 => "token == \"t1\"",
            4 => $"({T()} && {T()})",
            5 => $"({T()} || {T()})",
            6 => $"!({T()})",
            7 when random.Next(2) == 0 => $"(entropy < {(random.Next(100) / 100.0).ToString(System.Globalization.CultureInfo.InvariantCulture)} && selected({random.Next(6)}))",
            7 => rowsAllowed ? $"{(random.Next(2) == 0 ? "any" : "all")}({Truth(random, depth - 1, false)})" : "false",
            8 => $"selected({N()})",
            9 => $"({T()} == {T()})",
            _ => $"{N()} {new[] { "<", "<=", ">", ">=", "==", "!=" }[random.Next(6)]} {N()}",
        };
    }

    private static string Number(Random random, int depth, bool rowsAllowed)
    {
        string N() => Number(random, depth - 1, rowsAllowed);
        return (depth <= 0 ? random.Next(8) : random.Next(18)) switch
        {
            0 => (random.Next(9) - 3).ToString(System.Globalization.CultureInfo.InvariantCulture),
            1 => (random.Next(100) / 50.0).ToString(System.Globalization.CultureInfo.InvariantCulture),
            2 => "row",
            3 => "entropy",
            4 => "token_id",
            5 => random.Next(2) == 0 ? "k" : "layer",
            6 => $"router_scores[{random.Next(6)}]",
            7 => $"load({random.Next(6)})",
            8 => random.Next(2) == 0 ? "maxVio" : "tokens",
            9 => $"weightOf({random.Next(6)})",
            10 => $"selected_experts[{N()}]",
            11 => $"router_logits[{random.Next(6)}]",
            12 => rowsAllowed ? $"count({Truth(random, depth - 1, false)})" : "2",
            13 => rowsAllowed ? $"{new[] { "mean", "min", "max" }[random.Next(3)]}({Number(random, depth - 1, false)})" : "1",
            _ => $"({N()} {new[] { "+", "-", "*", "/", "%" }[random.Next(5)]} {N()})",
        };
    }

    private static bool Same(double a, double b) =>
        a.Equals(b) || Math.Abs(a - b) <= 1e-9 * Math.Max(1, Math.Max(Math.Abs(a), Math.Abs(b)));

    private static void Ignore(Action parse)
    {
        try
        {
            parse();
        }
        catch (UserError)
        {
        }
    }
}
