using MoeDevtools.Checkpoints.Tokenizers.Unicode;

namespace MoeDevtools.Checkpoints.Tokenizers.Regexes;

/// <summary>One step of a compiled regular expression.</summary>
/// <param name="Target">Where the second choice, the jump or what follows a body continues.</param>
/// <param name="Slot">The number of a step that chooses or looks, for what the matcher remembers; else -1.</param>
internal readonly record struct Instruction(Operation Operation, CodePointSet? Set = null, int Target = 0, int Slot = -1, int Width = 0, AnchorKind Anchor = default);
