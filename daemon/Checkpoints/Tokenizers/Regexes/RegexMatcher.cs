namespace MoeDevtools.Checkpoints.Tokenizers.Regexes;

/// <summary>
/// Runs a compiled pattern with backtracking. Short work is done plainly; once a text has cost more than <see cref="PlainStepsPerCharacter"/>
/// steps a character, it remembers which (step, position) pairs have failed, and in lookaheads succeeded. A pair says all that
/// decides (patterns here have no captures that matter), so each is then tried once: linear time, whatever the pattern.
/// One thread at a time.
/// </summary>
internal sealed class RegexMatcher
{
    private const int PlainStepsPerCharacter = 32;
    private const int PlainStepsAtLeast = 4096;

    [ThreadStatic]
    private static RegexMatcher? _spare;

    private Instruction[] _program = [];
    private int _slots;
    private int _length;
    private long _plainSteps;
    private Frame[] _stack = new Frame[64];
    private int _depth;
    private ulong[]? _failed;
    private ulong[]? _succeeded;
    private (int From, int To)[] _runs = []; // by slot: the last stretch that a Star scanned

    /// <summary>What is left to try. Lowest &gt;= 0: a Star that may give back down to there.</summary>
    private readonly record struct Frame(int Step, int Lowest, int Position)
    {
        public const int Alternative = -1;
        public const int Mark = -2;
    }

    public static RegexMatcher Rent(OnigRegex regex, int textLength)
    {
        var matcher = _spare ?? new RegexMatcher();
        _spare = null;
        matcher._program = regex.Program;
        matcher._slots = regex.Slots;
        matcher._length = textLength;
        matcher._plainSteps = PlainStepsAtLeast + (long)PlainStepsPerCharacter * textLength;
        matcher._failed = matcher._succeeded = null;
        matcher._depth = 0;
        if (matcher._runs.Length < regex.Slots)
        {
            matcher._runs = new (int, int)[regex.Slots];
        }
        matcher._runs.AsSpan(0, regex.Slots).Fill((-1, -2)); // none yet
        return matcher;
    }

    public static void Return(RegexMatcher matcher) => _spare = matcher;

    /// <returns>The end of the match that begins at <paramref name="start"/>, or -1.</returns>
    public int Match(ReadOnlySpan<int> text, int start) => Run(text, 0, start, inLook: false);

    private int Run(ReadOnlySpan<int> text, int step, int position, bool inLook)
    {
        var bottom = _depth;
        while (true)
        {
            if (--_plainSteps == 0)
            {
                var words = (int)(((long)_slots * (_length + 1) + 63) / 64);
                _failed = new ulong[words];
                _succeeded = new ulong[words];
            }
            ref readonly var now = ref _program[step];
            var goes = false;
            switch (now.Operation)
            {
                case Operation.Set:
                    goes = position < text.Length && now.Set!.Contains(text[position]);
                    position++;
                    step++;
                    break;
                case Operation.Choice:
                    if (Knows(_failed, now.Slot, position))
                    {
                        break;
                    }
                    if (inLook && Knows(_succeeded, now.Slot, position))
                    {
                        return Succeed(bottom, position, inLook);
                    }
                    if (_failed is not null)
                    {
                        Push(new(step, Frame.Mark, position));
                    }
                    Push(new(now.Target, Frame.Alternative, position));
                    step++;
                    goes = true;
                    break;
                case Operation.Star:
                    {
                        if (Knows(_failed, now.Slot, position))
                        {
                            break;
                        }
                        if (inLook && Knows(_succeeded, now.Slot, position))
                        {
                            return Succeed(bottom, position, inLook);
                        }
                        var end = Scan(text, now, position);
                        if (end > position || _failed is not null)
                        {
                            Push(new(step, position, end));
                        }
                        position = end;
                        step++;
                        goes = true;
                        break;
                    }
                case Operation.StarForGood:
                    position = Scan(text, now, position);
                    step++;
                    goes = true;
                    break;
                case Operation.Jump:
                    step = now.Target;
                    goes = true;
                    break;
                case Operation.Sees:
                    goes = position < text.Length && now.Set!.Contains(text[position]);
                    step++;
                    break;
                case Operation.SeesNot:
                    goes = position >= text.Length || !now.Set!.Contains(text[position]);
                    step++;
                    break;
                case Operation.Look:
                case Operation.LookNot:
                    goes = Looks(text, step, position) == (now.Operation == Operation.Look);
                    step = now.Target;
                    break;
                case Operation.Atomic:
                    position = Run(text, step + 1, position, inLook: false);
                    goes = position >= 0;
                    step = now.Target;
                    break;
                case Operation.Anchor:
                    goes = Anchors.Holds(now.Anchor, text, position);
                    step++;
                    break;
                case Operation.Accept:
                    return Succeed(bottom, position, inLook);
            }
            if (!goes && !Resume(bottom, ref step, ref position))
            {
                return -1;
            }
        }
    }

    private bool Looks(ReadOnlySpan<int> text, int step, int position)
    {
        ref readonly var look = ref _program[step];
        if (position < look.Width)
        {
            return false;
        }
        if (Knows(_failed, look.Slot, position))
        {
            return false;
        }
        if (Knows(_succeeded, look.Slot, position))
        {
            return true;
        }
        var found = Run(text, step + 1, position - look.Width, inLook: true) >= 0;
        Learn(found ? _succeeded : _failed, look.Slot, position);
        return found;
    }

    /// <summary>Takes up the last alternative above <paramref name="bottom"/>; false where there is none.</summary>
    private bool Resume(int bottom, ref int step, ref int position)
    {
        while (_depth > bottom)
        {
            ref var top = ref _stack[_depth - 1];
            if (top.Lowest == Frame.Mark)
            {
                Learn(_failed, _program[top.Step].Slot, top.Position);
                _depth--;
                continue;
            }
            if (top.Lowest == Frame.Alternative)
            {
                (step, position) = (top.Step, top.Position);
                _depth--;
                return true;
            }
            // With all of its characters the Star failed; it gives back one.
            Learn(_failed, _program[top.Step].Slot, top.Position);
            if (top.Position == top.Lowest)
            {
                _depth--;
                continue;
            }
            (step, position) = (top.Step + 1, top.Position - 1);
            top = top with { Position = position };
            if (position == top.Lowest && _failed is null)
            {
                _depth--;
            }
            return true;
        }
        return false;
    }

    /// <summary>What is still open above <paramref name="bottom"/> led here: in a lookahead, where any end will do, that is worth remembering.</summary>
    private int Succeed(int bottom, int position, bool inLook)
    {
        if (inLook && _succeeded is not null)
        {
            for (var i = bottom; i < _depth; i++)
            {
                var (step, lowest, at) = _stack[i];
                if (lowest == Frame.Mark)
                {
                    Learn(_succeeded, _program[step].Slot, at);
                }
                for (var p = at; lowest >= 0 && p >= lowest && !Knows(_succeeded, _program[step].Slot, p); p--)
                {
                    Learn(_succeeded, _program[step].Slot, p);
                }
            }
        }
        _depth = bottom;
        return position;
    }

    /// <summary>The end of the stretch of the set that begins at <paramref name="position"/>.</summary>
    private int Scan(ReadOnlySpan<int> text, in Instruction star, int position)
    {
        ref var run = ref _runs[star.Slot];
        if (position < run.From || position > run.To)
        {
            var end = position;
            while (end < text.Length && end != run.From && star.Set!.Contains(text[end]))
            {
                end++;
            }
            run = (position, end == run.From && run.To > end ? run.To : end);
        }
        if (star.Operation == Operation.StarForGood || _failed is null)
        {
            return run.To;
        }
        // From a position known to fail on, everything further is known to fail too.
        var stop = position;
        while (stop < run.To && !Knows(_failed, star.Slot, stop + 1))
        {
            stop++;
        }
        return stop;
    }

    private void Push(Frame frame)
    {
        if (_depth == _stack.Length)
        {
            Array.Resize(ref _stack, _depth * 2);
        }
        _stack[_depth++] = frame;
    }

    private bool Knows(ulong[]? pairs, int slot, int position)
    {
        if (pairs is null)
        {
            return false;
        }
        var bit = (long)slot * (_length + 1) + position;
        return (pairs[bit >> 6] & (1UL << (int)(bit & 63))) != 0;
    }

    private void Learn(ulong[]? pairs, int slot, int position)
    {
        if (pairs is not null)
        {
            var bit = (long)slot * (_length + 1) + position;
            pairs[bit >> 6] |= 1UL << (int)(bit & 63);
        }
    }
}
