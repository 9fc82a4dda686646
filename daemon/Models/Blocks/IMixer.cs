using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>What lets a position of one layer see those before it: an attention, a recurrence or a convolution.</summary>
internal interface IMixer
{
    /// <summary>What it is, for <c>inspect</c>: a clause for each thing to know.</summary>
    IEnumerable<FormattableString> Words { get; }

    /// <summary>True where the rotation of earlier positions depends on how long the sequence is.</summary>
    bool PositionsTurn => false;

    /// <summary>Numbers that its state grows by with each position.</summary>
    long StateColumns => 0;

    /// <summary>Numbers of its state that are there from the first position on and do not grow.</summary>
    long FixedState => 0;

    /// <summary>The state of an empty sequence of at most <paramref name="capacity"/> positions. The caller disposes it.</summary>
    MixerState CreateState(ITensorBackend backend, int capacity);

    /// <summary>y = mixer(x); x and y are <c>[T, hidden]</c>. Takes T positions into <paramref name="state"/>, which <see cref="CreateState"/> made.</summary>
    void Forward(Activation x, MixerState state, ForwardPass pass, Activation y);
}
