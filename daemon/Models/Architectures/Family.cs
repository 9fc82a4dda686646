using MoeDevtools.Checkpoints;

namespace MoeDevtools.Models.Architectures;

/// <summary>A model family: its <c>model_type</c> and how a decoder is made of config and weights.</summary>
internal sealed record Family(string ModelType, Func<ConfigSection, WeightLoader, Decoder> Build);
