using System.Text.Json.Serialization;
using MoeDevtools.Debugging.Views;

namespace MoeDevtools.Servers.Rpc.Protocol;

/// <summary>What goes over the wire. Arrays are tensors, lists are JSON arrays; what is null is left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Metadata,
    Converters = [typeof(TensorConverter)])]
[JsonSerializable(typeof(InitializeResult))]
[JsonSerializable(typeof(ProgressNote))]
[JsonSerializable(typeof(RpcError))]
[JsonSerializable(typeof(IReadOnlyList<SessionInfo>))]
[JsonSerializable(typeof(SessionsChanged))]
[JsonSerializable(typeof(IReadOnlyList<InterventionInfo>))]
[JsonSerializable(typeof(ModelResult))]
[JsonSerializable(typeof(IReadOnlyList<SourceLine>))]
[JsonSerializable(typeof(IReadOnlyList<RecordingFile>))]
[JsonSerializable(typeof(IReadOnlyList<ProcessInfo>))]
[JsonSerializable(typeof(Loads))]
[JsonSerializable(typeof(TokenPage))]
[JsonSerializable(typeof(Decision))]
[JsonSerializable(typeof(AnomaliesResult))]
[JsonSerializable(typeof(Timeline))]
[JsonSerializable(typeof(Together))]
[JsonSerializable(typeof(Logits))]
[JsonSerializable(typeof(Dossier))]
[JsonSerializable(typeof(Flow))]
[JsonSerializable(typeof(RunComparison))]
internal sealed partial class RpcJson : JsonSerializerContext;
