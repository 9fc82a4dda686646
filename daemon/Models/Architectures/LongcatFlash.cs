using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;
using MoeDevtools.Models.Blocks;
using MoeDevtools.Routing.Rules;

namespace MoeDevtools.Models.Architectures;

/// <summary>
/// LongCat-Flash (arXiv 2509.01322): each layer has two latent attentions and two dense MLPs, and experts beside the way from the first MLP to the end. Softmax scores, a correction bias
/// for the choice, weights scaled and never renormalised; a token may go to zero experts, which give it back as it is.
/// </summary>
internal static class LongcatFlash
{
    public static readonly Family Family = new("longcat_flash", Build);

    private static Decoder Build(ConfigSection config, WeightLoader weights)
    {
        var frame = DecoderFrame.Read(config, layers: config.Int("num_layers", least: 1));
        var hidden = frame.Hidden;
        var eps = config.Number("rms_norm_eps", 1e-5);
        var (inner, denseInner) = (config.Int("expert_ffn_hidden_size", least: 1), config.Int("ffn_hidden_size", least: 1));
        var (experts, identities) = (config.Int("n_routed_experts", least: 1), config.Int("zero_expert_num", 256, least: 0));
        RuleConfig.Only(config, "zero_expert_type", "identity");
        RuleConfig.Only(config, "attention_method", "MLA");
        var (queryRank, rank) = (config.Int("q_lora_rank", least: 1), config.Int("kv_lora_rank", least: 1));
        var rope = new Rope(config, config.Int("qk_rope_head_dim", least: 1), new RopeFamily { Theta = 1e7, Interleaved = true });
        var rule = RuleConfig.Checked(config, new RouterRule
        {
            Experts = experts + identities,
            IdentityExperts = identities,
            K = config.Int("moe_topk"),
            Scale = (float)config.Number("routed_scaling_factor", 6),
        }, "moe_topk");
        var moe = new ExpertsBuilder(weights, hidden, ActivationNames.Read(config));

        LatentAttention Attention(string prefix)
        {
            var plain = LatentAttentionConfig.Build(config, weights, prefix, hidden, rope);
            // Queries times √(hidden / their rank), which the factor on q·k takes in.
            return plain with { Scale = plain.Scale * MathF.Sqrt((float)hidden / queryRank), LatentFactor = MathF.Sqrt((float)hidden / rank) };
        }

        return frame.Build(weights, weights.RmsNorm("model.norm", hidden, eps), layer =>
        {
            var name = $"model.layers.{layer}";
            Half Half(int i) => new(
                weights.RmsNorm($"{name}.input_layernorm.{i}", hidden, eps),
                Attention($"{name}.self_attn.{i}"),
                weights.RmsNorm($"{name}.post_attention_layernorm.{i}", hidden, eps),
                moe.Dense(weights.Mlp($"{name}.mlps.{i}", denseInner, hidden)));
            var own = rule with { Bias = weights.RuleData($"{name}.mlp.router.e_score_correction_bias", rule.Experts) };
            return new Layer(Half(0), Half(1), moe.Build(layer, $"{name}.mlp.router.classifier", own, weights.Experts($"{name}.mlp.experts", experts, inner, hidden)));
        });
    }

    private sealed record Half(RmsNorm AttentionNorm, LatentAttention Attention, RmsNorm MlpNorm, Mlp Mlp);

    private sealed record Layer(Half First, Half Second, MixtureOfExperts Experts) : ILayer
    {
        public IMixer Mixer => First.Attention;

        public IReadOnlyList<IMixer> Mixers => [First.Attention, Second.Attention];

        public IFeedForward FeedForward => Experts;

        public LayerDescription Describe(string stack, int index) => new(
            stack, index, [$"two attentions, each {First.Attention.Words.First()}", .. First.Attention.Words.Skip(1)],
            [$"two dense MLPs of {First.Mlp.Weights.Inner}", $"beside them, from the first to the end: {Experts.Words.First()}", .. Experts.Words.Skip(1)]);

        public void Forward(Activation x, LayerState state, ForwardPass pass)
        {
            var (b, states) = (pass.Backend, (MixerStates)state.Mixer!);
            using var h = pass.Rent(x.Columns);
            using var y = pass.Rent(x.Columns);
            using var m = pass.Rent(x.Columns);

            First.AttentionNorm.Forward(x, pass, h);
            First.Attention.Forward(h, states[0], pass, y);
            b.Add(y, x);
            First.MlpNorm.Forward(x, pass, h);
            Experts.Forward(h, state, pass, m);                  // what comes of it joins at the end
            First.Mlp.Forward(h, pass, y);
            b.Add(y, x);

            Second.AttentionNorm.Forward(x, pass, h);
            Second.Attention.Forward(h, states[1], pass, y);
            b.Add(y, x);
            Second.MlpNorm.Forward(x, pass, h);
            Second.Mlp.Forward(h, pass, y);
            b.Add(y, x);
            b.Add(m, x);
        }
    }
}
