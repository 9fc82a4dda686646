using MoeDevtools.Checkpoints;

namespace MoeDevtools.Models.Architectures;

/// <summary>Every family that can be run, one line each.</summary>
internal static class FamilyCatalogue
{
    private static readonly Family[] All =
    [
        Afmoe.Family,
        Cohere2Moe.Family,
        Dbrx.Family,
        DeepseekV2.Family,
        DeepseekV3.Family,
        DeepseekV32.Family,
        DeepseekV4.Family,
        Dots1.Family,
        Ernie45Moe.Family,
        ExaoneMoe.Family,
        FlexOlmo.Family,
        Glm4Moe.Family,
        Glm4MoeLite.Family,
        GlmMoeDsa.Family,
        GptOss.Family,
        GraniteMoe.Family,
        GraniteMoeHybrid.Family,
        GraniteMoeShared.Family,
        HunyuanV1Moe.Family,
        HyV3.Family,
        Jamba.Family,
        KimiLinear.Family,
        Laguna.Family,
        Lfm2Moe.Family,
        Llama4Text.Family,
        LongcatFlash.Family,
        MimoV2Flash.Family,
        Minimax.Family,
        MinimaxM2.Family,
        Mistral4.Family,
        Mixtral.Family,
        NemotronH.Family,
        Olmoe.Family,
        Phimoe.Family,
        Qwen2Moe.Family,
        Qwen35MoeText.Family,
        Qwen3Moe.Family,
        Qwen3Next.Family,
        SolarOpen.Family,
        SwitchTransformers.Family,
    ];

    /// <summary>
    /// The family and the section of the config that it reads: a model of texts and images has that of its texts under <c>text_config</c>.
    /// </summary>
    /// <exception cref="Messages.UserError">No family has this <c>model_type</c>.</exception>
    public static (Family Family, ConfigSection Config) Find(ModelConfig config)
    {
        var section = config.Section("text_config") ?? config;
        var type = section.OptionalText("model_type") ?? config.ModelType;
        if (ReferenceEquals(section, config) && Array.Exists(All, f => f.ModelType == type + "_text")) throw config.Required("text_config");
        return (Array.Find(All, f => f.ModelType == type)
            ?? throw section.Unsupported("model_type", type, string.Join(", ", All.Select(f => f.ModelType))), section);
    }
}
