namespace MoeDevtools.Debugging.Views;

/// <summary>A token of the vocabulary that an expert is chosen for. Immutable.</summary>
/// <param name="Text">Its id in angle brackets where the text is unknown.</param>
/// <param name="Count">Occurrences that chose the expert.</param>
/// <param name="Occurrences">All of them.</param>
/// <param name="Pmi">In nats; 0 = chance.</param>
public sealed record TopToken(int TokenId, string Text, long Count, long Occurrences, double Pmi);
