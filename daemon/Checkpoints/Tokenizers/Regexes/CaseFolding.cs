using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.Regexes;

/// <summary>
/// Case-insensitive matching of ASCII, as Oniguruma does it: k also matches U+212A (the Kelvin sign), s also U+017F (the long s).
/// Folds of several characters (ss = U+00DF, fi = U+FB01 ...) and other alphabets are refused by name.
/// </summary>
internal static class CaseFolding
{
    // Sequences of ASCII letters that one character folds to (CaseFolding.txt, status F).
    private static readonly string[] LongFolds = ["ss", "ff", "fi", "fl", "st"];

    public static CodePointSet Close(CodePointSet members, int at)
    {
        if (!members.IsEmpty && members.Ranges[^1] > 0x7F)
        {
            throw new RegexSyntaxException(at, "a character that is not ASCII under (?i)");
        }
        var points = new List<int>();
        for (var c = 0; c < 0x80; c++)
        {
            if (!members.Contains(c))
            {
                continue;
            }
            points.Add(c);
            if (char.IsAsciiLetter((char)c))
            {
                points.Add(c ^ 0x20);
                switch (c | 0x20)
                {
                    case 'k':
                        points.Add(0x212A);
                        break;
                    case 's':
                        points.Add(0x017F);
                        break;
                }
            }
        }
        return CodePointSet.Of([.. points]);
    }

    /// <param name="literal">Literal characters in a row.</param>
    public static void RefuseLongFolds(string literal, int at)
    {
        foreach (var fold in LongFolds)
        {
            if (literal.EndsWith(fold, StringComparison.OrdinalIgnoreCase))
            {
                throw new RegexSyntaxException(at, $"\"{fold}\" under (?i), which also matches one character,");
            }
        }
    }
}
