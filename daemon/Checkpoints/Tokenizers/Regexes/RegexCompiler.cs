namespace MoeDevtools.Checkpoints.Tokenizers.Regexes;

/// <summary>Turns a syntax tree into steps. Counted repetitions are written out, so that a step and a position say all.</summary>
internal sealed class RegexCompiler
{
    private const int MaxInstructions = 20_000;

    private readonly List<Instruction> _program = [];

    public int Slots { get; private set; }

    public static (Instruction[] Program, int Slots) Compile(RegexNode node)
    {
        var compiler = new RegexCompiler();
        compiler.Emit(node);
        compiler.Add(new(Operation.Accept));
        return ([.. compiler._program], compiler.Slots);
    }

    private int Add(Instruction instruction)
    {
        if (_program.Count >= MaxInstructions)
        {
            throw new RegexSyntaxException(0, "more repetitions than this version writes out");
        }
        _program.Add(instruction);
        return _program.Count - 1;
    }

    private void PointHere(int instruction) => _program[instruction] = _program[instruction] with { Target = _program.Count };

    private void Emit(RegexNode node)
    {
        switch (node)
        {
            case RegexNode.Set set:
                Add(new(Operation.Set, set.Members));
                break;
            case RegexNode.Sequence sequence:
                foreach (var part in sequence.Parts)
                {
                    Emit(part);
                }
                break;
            case RegexNode.Alternation alternation:
                EmitAlternation(alternation);
                break;
            case RegexNode.Repeat repeat:
                EmitRepeat(repeat);
                break;
            case RegexNode.Anchor anchor:
                Add(new(Operation.Anchor, Anchor: anchor.Kind));
                break;
            case RegexNode.Atomic atomic:
                EmitBody(new(Operation.Atomic), atomic.Body);
                break;
            case RegexNode.Look { Behind: false, Body: RegexNode.Set one } look:
                Add(new(look.Negative ? Operation.SeesNot : Operation.Sees, one.Members));
                break;
            case RegexNode.Look { Behind: true, Body: RegexNode.Alternation options, Negative: var negative }:
                EmitLookbehinds(options, negative);
                break;
            case RegexNode.Look look:
                EmitLook(look.Body, look.Negative, look.Behind);
                break;
        }
    }

    private void EmitAlternation(RegexNode.Alternation alternation)
    {
        var ends = new List<int>();
        for (var i = 0; i < alternation.Options.Count - 1; i++)
        {
            var choice = Add(new(Operation.Choice, Slot: Slots++));
            Emit(alternation.Options[i]);
            ends.Add(Add(new(Operation.Jump)));
            PointHere(choice);
        }
        Emit(alternation.Options[^1]);
        ends.ForEach(PointHere);
    }

    /// <summary>Each option of a lookbehind has its own width, so each is a look of its own.</summary>
    private void EmitLookbehinds(RegexNode.Alternation options, bool negative)
    {
        var ends = new List<int>();
        for (var i = 0; i < options.Options.Count; i++)
        {
            var choice = negative || i == options.Options.Count - 1 ? -1 : Add(new(Operation.Choice, Slot: Slots++));
            EmitLook(options.Options[i], negative, behind: true);
            if (choice >= 0)
            {
                ends.Add(Add(new(Operation.Jump)));
                PointHere(choice);
            }
        }
        ends.ForEach(PointHere);
    }

    private void EmitLook(RegexNode body, bool negative, bool behind) =>
        EmitBody(new(negative ? Operation.LookNot : Operation.Look, Slot: Slots++, Width: behind ? body.Width!.Value : 0), body);

    private void EmitBody(Instruction opening, RegexNode body)
    {
        var at = Add(opening);
        Emit(body);
        Add(new(Operation.Accept));
        PointHere(at);
    }

    private void EmitRepeat(RegexNode.Repeat repeat)
    {
        if (repeat.Kind == RepeatKind.Possessive && (repeat.Body is not RegexNode.Set || repeat.Most >= 0))
        {
            EmitBody(new(Operation.Atomic), repeat with { Kind = RepeatKind.Greedy });
            return;
        }
        for (var i = 0; i < repeat.Least; i++)
        {
            Emit(repeat.Body);
        }
        if (repeat.Most >= 0)
        {
            // a{0,3} is (a(a(a)?)?)?
            var exits = new List<int>();
            for (var i = repeat.Least; i < repeat.Most; i++)
            {
                exits.AddRange(EmitOption(repeat));
            }
            exits.ForEach(PointHere);
            return;
        }
        if (repeat.Body is RegexNode.Set set && repeat.Kind != RepeatKind.Lazy)
        {
            Add(repeat.Kind == RepeatKind.Greedy ? new(Operation.Star, set.Members, Slot: Slots++) : new(Operation.StarForGood, set.Members, Slot: Slots++));
            return;
        }
        var start = _program.Count;
        var leave = EmitOption(repeat);
        Add(new(Operation.Jump, Target: start));
        leave.ForEach(PointHere);
    }

    /// <summary>The body or nothing; returns the steps that must point to where "nothing" continues.</summary>
    private List<int> EmitOption(RegexNode.Repeat repeat)
    {
        var choice = Add(new(Operation.Choice, Slot: Slots++));
        if (repeat.Kind != RepeatKind.Lazy)
        {
            Emit(repeat.Body);
            return [choice];
        }
        // Lazy: the first way is to leave, the second to stay.
        var leave = Add(new(Operation.Jump));
        PointHere(choice);
        Emit(repeat.Body);
        return [leave];
    }
}
