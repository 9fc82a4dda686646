namespace MoeDevtools.Models.Blocks;

/// <summary>What a family calls the three matrices of an MLP.</summary>
internal sealed record MlpNames(string Gate, string Up, string Down)
{
    public static readonly MlpNames Usual = new("gate_proj", "up_proj", "down_proj");

    /// <summary>Mixtral's and its kin's.</summary>
    public static readonly MlpNames Numbered = new("w1", "w3", "w2");
}
