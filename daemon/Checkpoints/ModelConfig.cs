using System.Collections.Frozen;
using System.Text.Json;

namespace MoeDevtools.Checkpoints;

/// <summary>A model's config.json, in either of the published styles; what the keys mean is for the model family to say.</summary>
public sealed class ModelConfig : ConfigSection
{
    // Of these none can change what a forward pass computes. They are about training (dropout, initialisation, auxiliary losses), about
    // what the Python classes return or cache, about classification heads, about sampling (generation_config.json has that), about tokens
    // that only sampling needs, about how the reference computes what it computes (kernels, chunks), or they say again what the weights
    // themselves say (dtype).
    private static readonly FrozenSet<string> NoEffect = FrozenSet.ToFrozenSet(
    [
        "architectures", "auto_map", "transformers_version", "_name_or_path", "_attn_implementation", "attn_implementation",
        "tokenizer_class", "torch_dtype", "dtype", "pretraining_tp", "ep_size", "gradient_checkpointing", "use_cache", "return_dict",
        "torchscript", "output_router_logits", "output_attentions", "output_hidden_states", "chunk_size_feed_forward",
        "initializer_range", "initializer_factor", "attention_dropout", "attn_pdrop", "resid_pdrop", "embd_pdrop", "emb_pdrop",
        "hidden_dropout", "dropout", "dropout_rate", "classifier_dropout",
        "router_aux_loss_coef", "router_z_loss_coef", "aux_loss_alpha", "seq_aux", "moe_loss_weight", "num_nextn_predict_layers",
        "router_jitter_noise", "input_jitter_noise", "moe_jitter_eps", "router_dtype", "enable_moe_fp32_combine", "router_ignore_padding_tokens", "add_router_probs",
        "is_encoder_decoder", "is_decoder", "add_cross_attention",
        "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "eod_token_id", "decoder_start_token_id",
        "id2label", "label2id", "num_labels", "problem_type", "finetuning_task", "task_specific_params",
        "use_mamba_kernels", "use_mambapy", "use_associative_scan", "mamba_chunk_size", "chunk_size", "mamba_ssm_cache_dtype", "num_logits_to_keep",
        "do_sample", "temperature", "top_k", "top_p", "repetition_penalty", "max_length", "min_length", "num_beams",
    ]);

    private ModelConfig(string path, JsonElement json)
        : base(path, "", json) => ModelType = Text("model_type");

    /// <summary>The family, such as <c>olmoe</c>.</summary>
    public string ModelType { get; }

    /// <summary>
    /// Keys that are set and that nobody asked for (of a nested object, <c>rope_parameters.factor</c>), without those that cannot change
    /// the forward pass. Once the model is built this is what was not understood.
    /// </summary>
    public IReadOnlyList<string> UnreadKeys => [.. NeverRead().Where(key => !NoEffect.Contains(key[(key.LastIndexOf('.') + 1)..]))];

    /// <param name="path">Of config.json.</param>
    public static ModelConfig Read(string path) => new(path, InputFile.ReadJsonObject(path));

    /// <param name="path">For messages.</param>
    public static ModelConfig Parse(string path, ReadOnlySpan<byte> utf8) => new(path, InputFile.ParseJsonObject(path, utf8));

    /// <summary>A section that is not in the file: a family's own default for one that is absent.</summary>
    /// <param name="path">For messages.</param>
    public static ConfigSection ParseSection(string path, ReadOnlySpan<byte> utf8) => new(path, "", InputFile.ParseJsonObject(path, utf8));
}
