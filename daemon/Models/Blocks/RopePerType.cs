using MoeDevtools.Checkpoints;

namespace MoeDevtools.Models.Blocks;

/// <summary>The rotary positions of each type of layer, made when the first layer of that type asks: one set for all, or a set for each.</summary>
internal sealed class RopePerType(ConfigSection config, int headSize, RopeFamily family)
{
    private readonly Dictionary<string, Rope> _ropes = [];

    public Rope this[string layerType]
    {
        get
        {
            if (_ropes.TryGetValue(layerType, out var rope)) return rope;
            return _ropes[layerType] = _ropes.Values.FirstOrDefault(r => r.ServesAllLayers) ?? new Rope(config, headSize, family, layerType);
        }
    }
}
