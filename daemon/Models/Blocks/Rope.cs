using System.Globalization;
using System.Text;
using MoeDevtools.Checkpoints;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models.Blocks;

/// <summary>
/// Rotary positions (RoFormer, arXiv 2104.09864) with every scaling that published checkpoints use. Read from either config style,
/// <c>rope_theta</c> + <c>rope_scaling</c> or <c>rope_parameters</c>, one set for all layers or one for each type of layer.
/// </summary>
internal sealed class Rope
{
    private const string Types = "default, linear, dynamic, yarn, llama3, longrope";
    private static readonly string[] LayerTypes = ["full_attention", "sliding_attention", "chunked_attention", "main", "compress"];

    private readonly ConfigSection _config;
    private readonly ConfigSection? _set;
    private readonly bool _nested;
    private readonly ConfigSection? _outer;
    private readonly RopeFamily _family;
    private readonly int _headSize;
    private readonly int _size;
    private readonly string _type;
    private readonly double _theta;
    private readonly Func<int, RotaryFrequencies> _make;
    private RotaryFrequencies? _current;
    private RotaryFrequencies? _turned;
    private RotaryFrequencies? _back;
    private int _currentLength;

    /// <param name="config">The model's config.</param>
    /// <param name="headSize">h, or the rotary part of a latent attention's head.</param>
    /// <param name="family">What the family says.</param>
    /// <param name="layerType">The set that is meant where the config has several: a word of <c>layer_types</c> or the family's own; null where the family has one.</param>
    public Rope(ConfigSection config, int headSize, RopeFamily family, string? layerType = null)
    {
        (_config, _headSize, _family) = (config, headSize, family);
        var scaling = family.ParametersOnly ? null : config.Section("rope_scaling");
        _outer = scaling is { IsEmpty: false } ? scaling : config.Section("rope_parameters");
        if (_outer is null or { IsEmpty: true } && family.DefaultSet is { } json)
            _outer = ModelConfig.ParseSection(config.Path, Encoding.UTF8.GetBytes(json));
        _nested = _outer is not null && LayerTypes.Any(_outer.Has);
        _set = _nested ? OfLayerType(_outer!, layerType) : _outer;

        _type = family.PlainUnlessNested && !_nested ? "default" : _set?.OptionalText("rope_type") ?? _set?.OptionalText("type") ?? "default";
        var theta = family.ThetaKey is null || _nested ? _set?.OptionalNumber("rope_theta") : null;
        _theta = theta ?? (family.ParametersOnly ? family.Theta : config.Number(family.ThetaKey ?? "rope_theta", family.Theta));
        if (!(_theta > 0)) throw config.Unsupported(family.ThetaKey ?? "rope_theta", _theta.ToString(CultureInfo.InvariantCulture), "a number above 0");
        _size = RotarySize();
        _make = _type switch
        {
            "default" => Fixed(BaseFrequencies(_theta), 1),
            "linear" => Linear(_set!),
            "dynamic" => Dynamic(_set!),
            "yarn" => Yarn(_set!),
            "llama3" => Llama3(_set!),
            "longrope" => LongRope(_set!),
            _ => throw _set!.Unsupported(_set.Has("rope_type") ? "rope_type" : "type", _type, Types),
        };
        if (family.Mscales && _type != "default") _make = WithMscales(_set!, _make);
        if (_type != "default" && _set!.OptionalNumber("mscale_all_dim") is { } all && all != 0)
        {
            var m = Mscale(_set.Number("factor", 1), all);
            SoftmaxFactor = (float)(m * m);
        }
    }

    /// <summary>h, or the rotary part of a latent attention's head.</summary>
    public int HeadSize => _headSize;

    /// <summary>Components that rotate, of a head.</summary>
    public int Rotating => _size;

    /// <summary>On the softmax scale of latent attention, beside the factor on cos and sin: m(s, mscale_all_dim)².</summary>
    public float SoftmaxFactor { get; } = 1;

    /// <summary>What the set says of queries by their position (<c>llama_4_scaling_beta</c>); null = nothing.</summary>
    public QueryTemperature? Temperature =>
        _set?.OptionalNumber("llama_4_scaling_beta") is { } beta && beta != 0 ? new QueryTemperature(beta, Original(_set), Shift: 0) : null;

    /// <summary>True where frequencies change with the length of the sequence: cached keys then keep the turn that they had.</summary>
    public bool TurnsWithLength => _type is "dynamic" or "longrope" || (_family.Mscales && _type != "default");

    /// <summary>True where the config has one set, not one for each type of layer.</summary>
    public bool ServesAllLayers => !_nested;

    public FormattableString Words => 2 * Pairs >= _headSize ? (FormattableString)$"RoPE {Kind}θ {_theta:0}" : $"RoPE {Kind}θ {_theta:0} on {2 * Pairs} of {_headSize}";

    private string Kind => _type == "default" ? "" : _type + " ";

    private int Pairs => (_size + 1) / 2;

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

    /// <summary>Those that turn back what <see cref="For"/> turned.</summary>
    public RotaryFrequencies BackFor(int totalLength)
    {
        var there = For(totalLength);
        if (!ReferenceEquals(_turned, there)) (_turned, _back) = (there, there with { Frequencies = [.. there.Frequencies.Select(f => -f)] });
        return _back!;
    }

    private ConfigSection OfLayerType(ConfigSection outer, string? layerType)
    {
        if (layerType is null) throw outer.Unsupported(LayerTypes.First(outer.Has), "{...}", "one set for all layers in this family");
        return outer.Section(layerType) ?? throw outer.Required(layerType);
    }

    /// <summary>r: truncated, as the reference has it; may be odd, and then one component more rotates.</summary>
    private int RotarySize()
    {
        var given = _set?.OptionalNumber("partial_rotary_factor") ?? (_family.ParametersOnly ? null : _config.OptionalNumber("partial_rotary_factor"));
        if (_family.PartialFactor is { } usual)
        {
            var factor = given ?? usual;
            var size = (int)(_headSize * factor);
            return factor >= 0 && 2 * ((size + 1) / 2) <= _headSize ? size
                : throw _config.Unsupported("partial_rotary_factor", factor.ToString(CultureInfo.InvariantCulture), "0 to 1");
        }
        if (given is { } other && other != 1 && !(Math.Abs(other - (_family.WholeFactor ?? 1)) < 1e-6))
            throw _config.Unsupported("partial_rotary_factor", other.ToString(CultureInfo.InvariantCulture), "1 in this family");
        return _headSize;
    }

    private Func<int, RotaryFrequencies> Fixed(double[] frequencies, double factor)
    {
        var made = Made(frequencies, factor);
        return _ => made;
    }

    private RotaryFrequencies Made(double[] frequencies, double factor) => new([.. frequencies.Select(f => (float)f)], (float)factor, _family.Interleaved);

    /// <summary>f_n = θ^(−2n/r).</summary>
    private double[] BaseFrequencies(double theta) => [.. Enumerable.Range(0, Pairs).Select(n => 1 / Math.Pow(theta, 2.0 * n / _size))];

    private Func<int, RotaryFrequencies> Linear(ConfigSection p)
    {
        var factor = p.Number("factor");
        return Fixed([.. BaseFrequencies(_theta).Select(f => f / factor)], 1);
    }

    /// <summary>NTK: θ grows with the sequence once that is longer than the trained context; with an alpha it is stretched once and for all.</summary>
    private Func<int, RotaryFrequencies> Dynamic(ConfigSection p)
    {
        var power = (double)_size / (_size - 2);
        if (p.OptionalNumber("alpha") is { } alpha && alpha != 0)
        {
            return _family.Alpha ? Fixed(BaseFrequencies(_theta * Math.Pow(alpha, power)), 1)
                : throw p.Unsupported("alpha", alpha.ToString(CultureInfo.InvariantCulture), "no alpha in this family");
        }
        var (factor, trained) = (p.Number("factor"), _config.Int("max_position_embeddings"));
        return length =>
        {
            var n = Math.Max(length, trained);
            return Made(BaseFrequencies(_theta * Math.Pow(factor * n / trained - (factor - 1), power)), 1);
        };
    }

    /// <summary>YaRN (arXiv 2309.00071).</summary>
    private Func<int, RotaryFrequencies> Yarn(ConfigSection p)
    {
        var original = Original(p);
        var s = p.OptionalNumber("factor") ?? _config.Int("max_position_embeddings") / original;
        double Rotations(double beta) => _size * Math.Log(original / (2 * Math.PI * beta)) / (2 * Math.Log(_theta));
        var lo = Rotations(OrElse(p.OptionalNumber("beta_fast"), 32));
        var hi = Rotations(OrElse(p.OptionalNumber("beta_slow"), 1));
        // The reference looks for this key beside the sets of layer types, not inside them.
        if ((_nested ? _outer! : p).Bool("truncate", true)) (lo, hi) = (Math.Floor(lo), Math.Ceiling(hi));
        (lo, hi) = (Math.Max(lo, 0), Math.Min(hi, _size - 1));
        if (lo == hi) hi += 0.001;
        var (mscale, all) = (OrElse(p.OptionalNumber("mscale"), 0), OrElse(p.OptionalNumber("mscale_all_dim"), 0));
        var factor = p.OptionalNumber("attention_factor") ?? (_nested ? null : _family.SharedYarnFactor)
            ?? (mscale != 0 && all != 0 ? Mscale(s, mscale) / Mscale(s, all) : Mscale(s, 1));
        var frequencies = BaseFrequencies(_theta).Select((f, n) =>
        {
            var ramp = Math.Clamp((n - lo) / (hi - lo), 0, 1);
            return f * (1 - ramp) + f / s * ramp;
        });
        return Fixed([.. frequencies], factor);
    }

    private Func<int, RotaryFrequencies> Llama3(ConfigSection p)
    {
        var (s, low, high, original) = (p.Number("factor"), p.Number("low_freq_factor"), p.Number("high_freq_factor"), Original(p));
        var frequencies = BaseFrequencies(_theta).Select(f =>
        {
            var wavelength = 2 * Math.PI / f;
            if (wavelength < original / high) return f;
            if (wavelength > original / low) return f / s;
            var t = (original / wavelength - low) / (high - low);
            return (1 - t) * f / s + t * f;
        });
        return Fixed([.. frequencies], 1);
    }

    private Func<int, RotaryFrequencies> LongRope(ConfigSection p)
    {
        var original = Original(p);
        var s = p.OptionalNumber("factor") ?? _config.Int("max_position_embeddings") / original;
        var factor = p.OptionalNumber("attention_factor") ?? (s <= 1 ? 1 : Math.Sqrt(1 + Math.Log(s) / Math.Log(original)));
        var (shortFactors, longFactors) = (Factors(p, "short_factor"), Factors(p, "long_factor"));
        var (near, far) = (Divided(shortFactors), Divided(longFactors));
        return length => length > original ? far : near;

        RotaryFrequencies Divided(IReadOnlyList<double> by) => Made([.. BaseFrequencies(_theta).Zip(by, (f, b) => f / b)], factor);
    }

    private Func<int, RotaryFrequencies> WithMscales(ConfigSection p, Func<int, RotaryFrequencies> make)
    {
        var (near, far, original) = (p.Number("short_mscale"), p.Number("long_mscale"), Original(p));
        return length => make(length) with { Factor = (float)(length > original ? far : near) };
    }

    private IReadOnlyList<double> Factors(ConfigSection p, string key)
    {
        var factors = p.Numbers(key);
        if (factors is null || factors.Count != Pairs)
            throw p.Unsupported(key, factors is null ? "absent" : string.Create(CultureInfo.InvariantCulture, $"{factors.Count} numbers"),
                string.Create(CultureInfo.InvariantCulture, $"{Pairs} numbers, one a pair of rotating components"));
        return factors;
    }

    /// <summary>The context before scaling: a top-level value overrides the one in a set for all layers.</summary>
    private double Original(ConfigSection p)
    {
        const string Key = "original_max_position_embeddings";
        return (_nested ? null : _config.OptionalNumber(Key)) ?? p.OptionalNumber(Key) ?? _config.Int("max_position_embeddings");
    }

    private static double OrElse(double? value, double otherwise) => value is null or 0 ? otherwise : value.Value;

    /// <summary>m(s, a) = 1 for s ≤ 1, else 0.1 a ln s + 1.</summary>
    private static double Mscale(double s, double a) => s <= 1 ? 1 : 0.1 * a * Math.Log(s) + 1;
}
