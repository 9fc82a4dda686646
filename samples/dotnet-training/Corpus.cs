namespace MoeDevtools.MoeTraining;

/// <summary>
/// Texts in four languages of 16 tokens each. A language is a random chain: after each of its tokens come four others, one of them mostly. What can be known of the next token is 1.16 nats short of certain.
/// </summary>
internal sealed class Corpus
{
    public const int Vocabulary = Languages * Words;

    private const int Languages = 4;
    private const int Words = 16;

    private static readonly float[] Chances = [0.55f, 0.75f, 0.9f, 1];

    private readonly int[,] _next = new int[Vocabulary, 4];
    private readonly Random _random;

    public Corpus(int seed)
    {
        _random = new Random(seed);
        for (var token = 0; token < Vocabulary; token++)
            for (var choice = 0; choice < 4; choice++) _next[token, choice] = token / Words * Words + _random.Next(Words);
    }

    /// <summary>Sequences of <paramref name="length"/> tokens, and what follows each token, both <c>[sequences, length]</c>.</summary>
    public void Sample(int length, Span<int> tokens, Span<int> following)
    {
        for (var at = 0; at < tokens.Length; at++)
        {
            tokens[at] = at % length == 0 ? _random.Next(Vocabulary) : following[at - 1];
            var chance = _random.NextSingle();
            following[at] = _next[tokens[at], Array.FindIndex(Chances, c => chance < c)];
        }
    }
}
