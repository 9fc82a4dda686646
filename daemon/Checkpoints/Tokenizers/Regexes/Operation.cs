namespace MoeDevtools.Checkpoints.Tokenizers.Regexes;

internal enum Operation
{
    /// <summary>Takes one character of the set.</summary>
    Set,

    /// <summary>Takes as many of the set as it can, and gives them back one by one.</summary>
    Star,

    /// <summary>Takes as many of the set as there are, for good.</summary>
    StarForGood,

    /// <summary>Continues with the next step, or else with the target.</summary>
    Choice,

    Jump,

    /// <summary>The next character is of the set.</summary>
    Sees,

    /// <summary>There is no next character, or it is not of the set.</summary>
    SeesNot,

    /// <summary>The body that follows matches here (or Width characters before here); continues at the target.</summary>
    Look,

    LookNot,

    /// <summary>The body that follows, whose first way to match is the only one; continues at the target.</summary>
    Atomic,

    Anchor,

    /// <summary>The end of the pattern or of a body.</summary>
    Accept,
}
