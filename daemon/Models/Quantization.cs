using System.Globalization;
using MoeDevtools.Checkpoints;

namespace MoeDevtools.Models;

/// <summary>The config's <c>quantization_config</c>: how weights are stored that are not plain numbers. Which ones are is said by the tensors themselves.</summary>
/// <param name="BlockRows">Outputs that share an FP8 scale; 0 = the config says nothing of FP8.</param>
/// <param name="BlockColumns">Inputs that share one.</param>
internal sealed record Quantization(int BlockRows, int BlockColumns)
{
    private const string Supported = "fp8 (e4m3 with block scales), mxfp4, or none";

    /// <exception cref="Messages.UserError">A method or a value of it that is not supported.</exception>
    public static Quantization Read(ConfigSection config)
    {
        if (config.Section("quantization_config") is not { } section) return new Quantization(0, 0);
        // The parts that stay as they were: the tensors say it too.
        _ = section.Texts("modules_to_not_convert") ?? section.Texts("ignored_layers");
        switch (section.OptionalText("quant_method"))
        {
            case "mxfp4":
                return new Quantization(0, 0);
            case "fp8":
                Only(section, "fmt", "e4m3");
                Only(section, "activation_scheme", "dynamic");
                return Blocks(section);
            case var method:
                throw section.Unsupported("quant_method", method ?? "absent", Supported);
        }
    }

    private static Quantization Blocks(ConfigSection section)
    {
        const string Key = "weight_block_size";
        if (section.Ints(Key) is not { } size) throw section.Unsupported(Key, "absent", "two numbers: one scale a tensor is not supported");
        if (size.Count != 2 || size[0] < 1 || size[1] < 1)
            throw section.Unsupported(Key, string.Join(", ", size.Select(n => n.ToString(CultureInfo.InvariantCulture))), "two numbers of 1 or more, rows and columns");
        return new Quantization(size[0], size[1]);
    }

    private static void Only(ConfigSection section, string key, string value)
    {
        if (section.Text(key, value) is var found && found != value) throw section.Unsupported(key, found, value);
    }
}
