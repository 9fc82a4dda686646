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
        var config = checkpoint.Config;
        var family = FamilyCatalogue.Find(config);
        if (config.Section("quantization_config") is { } quantization)
            throw config.Unsupported("quantization_config.quant_method", quantization.Text("quant_method", "?"), "none; weights in F32, F16 or BF16");
        var weights = new WeightLoader(checkpoint, backend);
        var decoder = family.Build(config, weights);
        decoder.UnusedTensors = weights.Unused;
        return decoder;
    }
}
