using System.Globalization;

namespace MoeDevtools.Checkpoints.Tokenizers.Unicode;

/// <summary>
/// What the reference knows of Unicode, from <c>tables.txt</c> (written by <c>tests/node/make-unicode-tables.mjs</c>, which asks the
/// reference itself: its regexes, normalizers and pre-tokenizers have tables of different Unicode versions). Thread safe.
/// </summary>
internal static class UnicodeTables
{
    private static readonly Dictionary<string, string> Lines = ReadLines();

    public static CodePointSet RegexSpace { get; } = Set("regex s");

    public static CodePointSet RegexWord { get; } = Set("regex w");

    /// <summary>Rust's <c>char::is_whitespace</c> and its regexes' <c>\s</c>.</summary>
    public static CodePointSet White { get; } = Set("white");

    /// <summary>Rust's regexes' <c>\w</c>: not that of the patterns in a file, which are Oniguruma's.</summary>
    public static CodePointSet Word { get; } = Set("word");

    public static CodePointSet Punctuation { get; } = Set("punctuation");

    public static CodePointSet Numeric { get; } = Set("numeric");

    public static CodePointSet Accents { get; } = Set("accents");

    public static CodePointSet BertNonspacing { get; } = Set("bert-nonspacing");

    public static CodePointSet BertControl { get; } = Set("bert-control");

    /// <summary>The class of <c>\p{name}</c>; null where the name has no table. Case, spaces, <c>_</c> and <c>-</c> do not count.</summary>
    public static CodePointSet? Property(string name)
    {
        var plain = Plain(name);
        var found = PropertyNames.FirstOrDefault(known => Plain(known) == plain);
        return found is null ? null : Set("p " + found);
    }

    public static IEnumerable<string> PropertyNames =>
        Lines.Keys.Where(k => k.StartsWith("set p ", StringComparison.Ordinal)).Select(k => k["set p ".Length..]);

    public static CodePointSet Set(string name)
    {
        var ranges = new List<int>();
        var line = Lines["set " + name].AsSpan();
        foreach (var range in line.Split(' '))
        {
            var text = line[range];
            if (text.IsEmpty)
            {
                continue;
            }
            var dash = text.IndexOf('-');
            ranges.Add(Hex(dash < 0 ? text : text[..dash]));
            ranges.Add(Hex(dash < 0 ? text : text[(dash + 1)..]));
        }
        return CodePointSet.FromRanges([.. ranges]);
    }

    /// <summary>The rows of a map: a code point, then those that it stands for.</summary>
    public static IEnumerable<int[]> Map(string name) =>
        Lines["map " + name].Split(' ').Select(row => row.Split('+').Select(p => Hex(p)).ToArray());

    /// <summary>The names of the sets that begin so, with the rest of each name.</summary>
    public static IEnumerable<(string Name, CodePointSet Set)> SetsOf(string prefix) =>
        Lines.Keys.Where(k => k.StartsWith("set " + prefix, StringComparison.Ordinal)).Select(k => (k[(4 + prefix.Length)..], Set(k[4..])));

    private static int Hex(ReadOnlySpan<char> text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string Plain(string name) =>
        string.Concat(name.Where(c => c is not (' ' or '_' or '-'))).ToUpperInvariant();

    private static Dictionary<string, string> ReadLines()
    {
        using var stream = typeof(UnicodeTables).Assembly.GetManifestResourceStream("MoeDevtools.Checkpoints.Tokenizers.Unicode.tables.txt")!;
        using var reader = new StreamReader(stream, System.Text.Encoding.ASCII);
        var lines = new Dictionary<string, string>();
        while (reader.ReadLine() is { } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            lines.Add(line[..colon], line[(colon + 2)..]);
        }
        return lines;
    }
}
