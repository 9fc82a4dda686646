using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>A normalisation over rows, or over each head of a row.</summary>
internal interface INorm
{
    /// <summary>Columns that are normed together.</summary>
    int Size { get; }

    /// <summary>y = norm(x); y may be x.</summary>
    void Forward(Activation x, ForwardPass pass, Activation y);
}
