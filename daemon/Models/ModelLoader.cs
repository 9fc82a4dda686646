using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Architectures;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models;

/// <summary>Makes a runnable model of a checkpoint.</summary>
public static class ModelLoader
{
    /// <summary>
    /// Builds the decoder of the checkpoint's family on <paramref name="backend"/>, which the decoder then owns. The checkpoint must outlive it: weights are read where they lie.
    /// </summary>
    /// <exception cref="Messages.UserError">Unknown family, unsupported value, contradiction, missing tensor or wrong shape.</exception>
    public static Decoder Load(Checkpoint checkpoint, ITensorBackend backend)
    {
        var (family, config) = FamilyCatalogue.Find(checkpoint.Config);
        var weights = new WeightLoader(checkpoint, backend, Quantization.Read(checkpoint.Config));
        var decoder = family.Build(config, weights);
        (decoder.UnusedTensors, decoder.Parameters) = (weights.Unused, weights.Parameters);
        return decoder;
    }
}
