using MoeDevtools.Checkpoints.Tokenizers.Text;

namespace MoeDevtools.Checkpoints.Tokenizers.Unicode;

/// <summary>
/// NFD, NFKD, NFC and NFKC of the reference (Unicode 9.0 data), with how each new character replaces old ones. Decomposed characters
/// are the replacement and then insertions; a composition sums up what its parts were, less one for each that it swallows.
/// </summary>
internal static class NormalForms
{
    private const int SyllableBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int Leads = 19;
    private const int Vowels = 21;
    private const int Trails = 28;
    private const int Syllables = Leads * Vowels * Trails;

    private static readonly Dictionary<int, int[]> Canonical = UnicodeTables.Map("canonical").ToDictionary(r => r[0], r => r[1..]);

    private static readonly Dictionary<int, int[]> Compatible = UnicodeTables.Map("compatible").ToDictionary(r => r[0], r => r[1..]);

    private static readonly Dictionary<(int, int), int> Compositions = UnicodeTables.Map("compose").ToDictionary(r => (r[0], r[1]), r => r[2]);

    private static readonly Dictionary<int, byte> Classes = ReadClasses();

    public static List<Change> Decompose(ReadOnlySpan<int> text, bool compatible)
    {
        var changes = new List<Change>(text.Length + 8);
        var pending = 0; // from here on: marks whose order is not settled
        foreach (var point in text)
        {
            if (point < 0x80)
            {
                Push(point, 0);
            }
            else if (point is >= SyllableBase and < SyllableBase + Syllables)
            {
                var index = point - SyllableBase;
                Push(LeadBase + index / (Vowels * Trails), 0);
                Push(VowelBase + index % (Vowels * Trails) / Trails, 1);
                if (index % Trails > 0)
                {
                    Push(TrailBase + index % Trails, 1);
                }
            }
            else if ((compatible && Compatible.TryGetValue(point, out var parts)) || Canonical.TryGetValue(point, out parts))
            {
                for (var i = 0; i < parts.Length; i++)
                {
                    Push(parts[i], i == 0 ? 0 : 1);
                }
            }
            else
            {
                Push(point, 0);
            }
        }
        Sort();
        return changes;

        void Push(int point, int kind)
        {
            if (ClassOf(point) == 0)
            {
                Sort();
                changes.Add(new(point, kind));
                pending = changes.Count;
                return;
            }
            changes.Add(new(point, kind));
        }

        void Sort()
        {
            if (changes.Count - pending < 2)
            {
                return;
            }
            var ordered = changes.Skip(pending).OrderBy(c => ClassOf(c.Point)).ToArray(); // stable
            ordered.CopyTo(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(changes)[pending..]);
        }
    }

    public static List<Change> Compose(ReadOnlySpan<int> text, bool compatible)
    {
        var output = new List<Change>(text.Length);
        var marks = new List<Change>(); // behind the starter, not composed with it
        Change? starter = null;
        var lastClass = -1; // of the last mark kept; -1 = none
        foreach (var change in Decompose(text, compatible))
        {
            var mine = ClassOf(change.Point);
            if (starter is not { } held)
            {
                if (mine != 0)
                {
                    output.Add(change);
                }
                else
                {
                    starter = change;
                }
                continue;
            }
            if (lastClass < mine || lastClass < 0)
            {
                if (Pair(held.Point, change.Point) is { } composed)
                {
                    starter = new(composed, held.Kind + change.Kind - 1);
                    continue;
                }
            }
            if (mine == 0)
            {
                output.Add(held);
                output.AddRange(marks);
                marks.Clear();
                starter = change;
                lastClass = -1;
                continue;
            }
            marks.Add(change);
            lastClass = mine;
        }
        if (starter is { } rest)
        {
            output.Add(rest);
        }
        output.AddRange(marks);
        return output;
    }

    private static int? Pair(int first, int second)
    {
        if (first is >= LeadBase and < LeadBase + Leads && second is >= VowelBase and < VowelBase + Vowels)
        {
            return SyllableBase + ((first - LeadBase) * Vowels + second - VowelBase) * Trails;
        }
        if (first is >= SyllableBase and < SyllableBase + Syllables && second is > TrailBase and < TrailBase + Trails && (first - SyllableBase) % Trails == 0)
        {
            return first + second - TrailBase;
        }
        return Compositions.TryGetValue((first, second), out var composed) ? composed : null;
    }

    private static int ClassOf(int point) => point < 0x300 ? 0 : Classes.GetValueOrDefault(point);

    private static Dictionary<int, byte> ReadClasses()
    {
        var classes = new Dictionary<int, byte>();
        foreach (var (name, set) in UnicodeTables.SetsOf("ccc "))
        {
            for (var i = 0; i < set.Ranges.Length; i += 2)
            {
                for (var c = set.Ranges[i]; c <= set.Ranges[i + 1]; c++)
                {
                    classes.Add(c, byte.Parse(name, System.Globalization.CultureInfo.InvariantCulture));
                }
            }
        }
        return classes;
    }
}
