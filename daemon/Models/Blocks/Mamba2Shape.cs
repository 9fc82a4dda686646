using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>Sizes of a <see cref="Mamba2"/>: H heads of P channels, G groups of heads, N state numbers a channel, K taps of the convolution.</summary>
internal sealed record Mamba2Shape(int Heads, int HeadSize, int Groups, int StateSize, int Taps)
{
    /// <summary>Of the projections in and out.</summary>
    public bool Bias { get; init; }

    public bool ConvolutionBias { get; init; } = true;

    /// <summary>After the convolution.</summary>
    public ActivationFunction Act { get; init; } = ActivationFunction.Silu;

    /// <summary>Of the norm.</summary>
    public required double Epsilon { get; init; }

    /// <summary>
    /// Time steps are kept within these in every pass. The reference leaves it out where one token continues a sequence, so that its cached decoding is not what it computes of the
    /// whole.
    /// </summary>
    public float LeastStep { get; init; }

    public float MostStep { get; init; } = float.PositiveInfinity;

    /// <exception cref="Messages.UserError">Heads do not share groups evenly.</exception>
    /// <param name="headsKey">Where the config says H.</param>
    /// <param name="groupsKey">Where it says G.</param>
    public Mamba2Shape Checked(ConfigSection config, string headsKey, string groupsKey) => Heads % Groups == 0
        ? this
        : throw config.Contradiction($"{headsKey} = {Heads} is not a multiple of {groupsKey} = {Groups}");
}
