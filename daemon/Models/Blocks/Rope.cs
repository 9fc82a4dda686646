using System.Globalization;
using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>
/// Rotary positions (RoFormer, arXiv 2104.09864) with every scaling that published checkpoints use. Read from either config style:
/// <c>rope_theta</c> + <c>rope_scaling</c>, or <c>rope_parameters</c>.
/// </summary>
internal sealed class Rope
{
    private const string Types = "default, linear, dynamic, yarn, llama3, longrope";
    private readonly int _size;
    private readonly bool _interleaved;
    private readonly string _type;
    private readonly double _theta;
    private readonly Func<int, RotaryFrequencies> _make;
    private RotaryFrequencies? _current;
    private int _currentLength;

    /// <param name="config">The model's config.</param>
    /// <param name="size">r, how many components of a head rotate.</param>
    /// <param name="interleaved">Which components pair: 2n with 2n+1, or n with n + r/2.</param>
    /// <param name="defaultTheta">The family's θ where the config has none.</param>
    public Rope(ModelConfig config, int size, bool interleaved, double defaultTheta)
    {
        var scaling = config.Section("rope_scaling");
        var flat = scaling is { IsEmpty: false } ? scaling : config.Section("rope_parameters");
        (_size, _interleaved) = (size, interleaved);
        _type = flat?.OptionalText("rope_type") ?? flat?.OptionalText("type") ?? "default";
        _theta = flat?.OptionalNumber("rope_theta") ?? config.Number("rope_theta", defaultTheta);
        if (!(_theta > 0)) throw config.Unsupported("rope_theta", _theta.ToString(CultureInfo.InvariantCulture), "a number above 0");
        var partial = flat?.OptionalNumber("partial_rotary_factor") ?? config.Number("partial_rotary_factor", 1);
        if (partial != 1) throw config.Unsupported("partial_rotary_factor", partial.ToString(CultureInfo.InvariantCulture), "1 in this family");
        _make = _type switch
        {
            "default" => _ => Plain(BaseFrequencies(_theta), 1),
            "linear" => Linear(flat!),
            "dynamic" => Dynamic(flat!, config),
            "yarn" => Yarn(flat!, config),
            "llama3" => Llama3(flat!, config),
            "longrope" => LongRope(flat!, config),
            _ => throw flat!.Unsupported(flat.Has("rope_type") ? "rope_type" : "type", _type, Types),
        };
        if (_type != "default" && flat!.OptionalNumber("mscale_all_dim") is { } all && all != 0)
        {
            var m = Mscale(flat.Number("factor"), all);
            SoftmaxFactor = (float)(m * m);
        }
    }

    /// <summary>On the softmax scale of latent attention, beside the factor on cos and sin: m(s, mscale_all_dim)².</summary>
    public float SoftmaxFactor { get; } = 1;

    /// <summary>True where frequencies change with the length of the sequence: cached keys then keep the turn that they had.</summary>
    public bool TurnsWithLength => _type is "dynamic" or "longrope";

    public string Description => string.Create(CultureInfo.InvariantCulture, $"RoPE {(_type == "default" ? "" : _type + " ")}θ {_theta:0}");

    /// <summary>The frequencies for a sequence that is <paramref name="totalLength"/> positions long after this pass.</summary>
    public RotaryFrequencies For(int totalLength)
    {
        if (_current is null || (_currentLength != totalLength && TurnsWithLength))
        {
            _current = _make(totalLength);
            _currentLength = totalLength;
        }
        return _current;
    }

    private RotaryFrequencies Plain(double[] frequencies, double factor) => new([.. frequencies.Select(f => (float)f)], (float)factor, _interleaved);

    /// <summary>f_n = θ^(−2n/r).</summary>
    private double[] BaseFrequencies(double theta) =>
        [.. Enumerable.Range(0, (_size + 1) / 2).Select(n => 1 / Math.Pow(theta, 2.0 * n / _size))];

    private Func<int, RotaryFrequencies> Linear(ConfigSection p)
    {
        var factor = p.Number("factor");
        return _ => Plain([.. BaseFrequencies(_theta).Select(f => f / factor)], 1);
    }

    /// <summary>NTK: θ grows with the sequence once that is longer than the trained context.</summary>
    private Func<int, RotaryFrequencies> Dynamic(ConfigSection p, ModelConfig config)
    {
        var (factor, trained) = (p.Number("factor"), config.Int("max_position_embeddings"));
        if (p.OptionalNumber("alpha") is { } alpha && alpha != 0)
            throw p.Unsupported("alpha", alpha.ToString(CultureInfo.InvariantCulture), "no alpha in this family");
        return length =>
        {
            var n = Math.Max(length, trained);
            return Plain(BaseFrequencies(_theta * Math.Pow(factor * n / trained - (factor - 1), (double)_size / (_size - 2))), 1);
        };
    }

    /// <summary>YaRN (arXiv 2309.00071).</summary>
    private Func<int, RotaryFrequencies> Yarn(ConfigSection p, ModelConfig config)
    {
        var original = Original(p, config);
        var s = p.OptionalNumber("factor") ?? (double)config.Int("max_position_embeddings") / original;
        double Rotations(double beta) => _size * Math.Log(original / (2 * Math.PI * beta)) / (2 * Math.Log(_theta));
        var lo = Rotations(OrElse(p.OptionalNumber("beta_fast"), 32));
        var hi = Rotations(OrElse(p.OptionalNumber("beta_slow"), 1));
        if (p.Bool("truncate", true)) (lo, hi) = (Math.Floor(lo), Math.Ceiling(hi));
        (lo, hi) = (Math.Max(lo, 0), Math.Min(hi, _size - 1));
        if (lo == hi) hi += 0.001;
        var (mscale, all) = (OrElse(p.OptionalNumber("mscale"), 0), OrElse(p.OptionalNumber("mscale_all_dim"), 0));
        var factor = p.OptionalNumber("attention_factor")
            ?? (mscale != 0 && all != 0 ? Mscale(s, mscale) / Mscale(s, all) : Mscale(s, 1));
        var frequencies = BaseFrequencies(_theta).Select((f, n) =>
        {
            var ramp = Math.Clamp((n - lo) / (hi - lo), 0, 1);
            return f * (1 - ramp) + f / s * ramp;
        });
        return _ => Plain([.. frequencies], factor);
    }

    private Func<int, RotaryFrequencies> Llama3(ConfigSection p, ModelConfig config)
    {
        var (s, low, high, original) = (p.Number("factor"), p.Number("low_freq_factor"), p.Number("high_freq_factor"), Original(p, config));
        var frequencies = BaseFrequencies(_theta).Select(f =>
        {
            var wavelength = 2 * Math.PI / f;
            if (wavelength < original / high) return f;
            if (wavelength > original / low) return f / s;
            var t = (original / wavelength - low) / (high - low);
            return (1 - t) * f / s + t * f;
        });
        return _ => Plain([.. frequencies], 1);
    }

    private Func<int, RotaryFrequencies> LongRope(ConfigSection p, ModelConfig config)
    {
        var original = Original(p, config);
        var s = p.OptionalNumber("factor") ?? (double)config.Int("max_position_embeddings") / original;
        var factor = p.OptionalNumber("attention_factor") ?? (s <= 1 ? 1 : Math.Sqrt(1 + Math.Log(s) / Math.Log(original)));
        var (shortFactors, longFactors) = (Factors(p, "short_factor"), Factors(p, "long_factor"));
        return length => Plain([.. BaseFrequencies(_theta).Zip(length > original ? longFactors : shortFactors, (f, by) => f / by)], factor);
    }

    private IReadOnlyList<double> Factors(ConfigSection p, string key)
    {
        var factors = p.Numbers(key);
        var pairs = (_size + 1) / 2;
        if (factors is null || factors.Count != pairs)
            throw p.Unsupported(key, factors is null ? "absent" : string.Create(CultureInfo.InvariantCulture, $"{factors.Count} numbers"),
                string.Create(CultureInfo.InvariantCulture, $"{pairs} numbers, one a pair of rotating components"));
        return factors;
    }

    /// <summary>The context before scaling: a top-level value overrides the one in the set.</summary>
    private static double Original(ConfigSection p, ModelConfig config) =>
        config.OptionalNumber("original_max_position_embeddings") ?? p.OptionalNumber("original_max_position_embeddings") ?? config.Int("max_position_embeddings");

    private static double OrElse(double? value, double otherwise) => value is null or 0 ? otherwise : value.Value;

    /// <summary>m(s, a) = 1 for s ≤ 1, else 0.1 a ln s + 1.</summary>
    private static double Mscale(double s, double a) => s <= 1 ? 1 : 0.1 * a * Math.Log(s) + 1;
}
