using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.AddedTokens;

/// <summary>
/// Finds, for every position of a text, the longest of a set of patterns that begins there, in time linear in the text: an
/// Aho-Corasick automaton of the reversed patterns reads the text from its end. Thread safe.
/// </summary>
internal sealed class TokenMatcher
{
    private readonly Dictionary<(int State, int Point), int> _next = [];
    private readonly List<int> _fail = [0];
    private readonly List<int> _longest = [-1]; // by state: the pattern that ends the reading here, or the longest by its fail states
    private readonly CodePointSet _lastPoints;
    private readonly int[][] _patterns;

    /// <param name="patterns">Distinct, none empty.</param>
    public TokenMatcher(int[][] patterns)
    {
        _patterns = patterns;
        _lastPoints = CodePointSet.Of([.. patterns.Select(p => p[^1])]);
        for (var p = 0; p < patterns.Length; p++)
        {
            var state = 0;
            for (var i = patterns[p].Length - 1; i >= 0; i--)
            {
                if (!_next.TryGetValue((state, patterns[p][i]), out var child))
                {
                    child = _fail.Count;
                    _next.Add((state, patterns[p][i]), child);
                    _fail.Add(0);
                    _longest.Add(-1);
                }
                state = child;
            }
            _longest[state] = p;
        }
        // A fail link needs those of all shorter readings: breadth first.
        var children = _next.ToLookup(e => e.Key.State, e => (e.Key.Point, Child: e.Value));
        var queue = new Queue<int>([0]);
        while (queue.TryDequeue(out var state))
        {
            foreach (var (point, child) in children[state])
            {
                queue.Enqueue(child);
                _fail[child] = state == 0 ? 0 : Step(_fail[state], point);
                if (_longest[child] < 0)
                {
                    _longest[child] = _longest[_fail[child]];
                }
            }
        }
    }

    public int LengthOf(int pattern) => _patterns[pattern].Length;

    /// <summary>Whether the text has a character that ends some pattern: if not, nothing matches.</summary>
    public bool MayMatch(ReadOnlySpan<int> text)
    {
        foreach (var point in text)
        {
            if (_lastPoints.Contains(point))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>By position: the longest pattern that begins there, or -1.</summary>
    public int[] LongestFrom(ReadOnlySpan<int> text)
    {
        var found = new int[text.Length];
        var state = 0;
        for (var i = text.Length - 1; i >= 0; i--)
        {
            state = state == 0 && !_lastPoints.Contains(text[i]) ? 0 : Step(state, text[i]);
            found[i] = _longest[state];
        }
        return found;
    }

    private int Step(int state, int point)
    {
        int next;
        while (!_next.TryGetValue((state, point), out next))
        {
            if (state == 0)
            {
                return 0;
            }
            state = _fail[state];
        }
        return next;
    }
}
