using MoeDevtools.Checkpoints.ChatTemplates.Runtime;

namespace MoeDevtools.Checkpoints.ChatTemplates.Values;

/// <summary>The <c>loop</c> of a for statement. Looks one element ahead only when it is asked to, as Jinja does.</summary>
internal sealed class Loop(Run run, IEnumerable<object?> source, long? knownLength, int depth0, Function? recurse)
{
    private IEnumerator<object?> rest = source.GetEnumerator();
    private long? length = knownLength;
    private bool peeked;
    private bool more;
    private object? next;
    private object? previous;
    private object? current;
    private object?[]? lastChanged;

    public long Index0 { get; private set; } = -1;

    public int Depth0 { get; } = depth0;

    /// <summary>Null unless the loop is marked recursive.</summary>
    public Function? Recurse { get; } = recurse;

    public object? Current => current;

    public bool MoveNext()
    {
        if (!Peek())
        {
            return false;
        }

        peeked = false;
        Index0++;
        previous = current;
        current = next;
        return true;
    }

    public long Length()
    {
        if (length is null)
        {
            var ahead = new List<object?>();
            while (rest.MoveNext())
            {
                run.Spend(Run.ElementCost);
                ahead.Add(rest.Current);
            }

            length = ahead.Count + Index0 + 1 + (peeked && more ? 1 : 0);
            rest = ahead.GetEnumerator();
        }

        return length.Value;
    }

    /// <summary>An attribute of loop; false when it has no such one.</summary>
    public bool TryGet(string name, out object? value)
    {
        (var found, value) = name switch
        {
            "index0" => (true, (object?)Index0),
            "index" => (true, Index0 + 1),
            "first" => (true, Index0 == 0),
            "last" => (true, !Peek()),
            "length" => (true, Length()),
            "revindex" => (true, Length() - Index0),
            "revindex0" => (true, Length() - Index0 - 1),
            "depth" => (true, (long)Depth0 + 1),
            "depth0" => (true, (long)Depth0),
            "previtem" => (true, Index0 == 0 ? new Undefined("there is no previous item") : previous),
            "nextitem" => (true, Peek() ? next : new Undefined("there is no next item")),
            "cycle" => (true, new Function("cycle", Cycle)),
            "changed" => (true, new Function("changed", Changed)),
            _ => (false, null),
        };
        return found;
    }

    private bool Peek()
    {
        if (!peeked)
        {
            more = rest.MoveNext();
            next = more ? rest.Current : null;
            peeked = true;
        }

        return more;
    }

    private object? Cycle(Run caller, Call call) => call.Positional.Count > 0
        ? call.Positional[(int)(Index0 % call.Positional.Count)]
        : throw caller.Fail("loop.cycle needs something to cycle through");

    private object? Changed(Run caller, Call call)
    {
        var values = call.Positional.ToArray();
        var changed = lastChanged is null || !Operators.Equal(caller, values, lastChanged);
        lastChanged = values;
        return changed;
    }
}
