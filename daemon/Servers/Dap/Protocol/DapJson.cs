using System.Text.Json.Serialization;

namespace MoeDevtools.Servers.Dap.Protocol;

/// <summary>Every body that the adapter sends. Names are those of npm <c>@vscode/debugprotocol</c>; what is null is left out, so no message has an unknown or an empty key.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(BreakpointEventBody))]
[JsonSerializable(typeof(BreakpointLocationsBody))]
[JsonSerializable(typeof(BreakpointsBody))]
[JsonSerializable(typeof(Capabilities))]
[JsonSerializable(typeof(CapabilitiesBody))]
[JsonSerializable(typeof(CompletionsBody))]
[JsonSerializable(typeof(ContinueBody))]
[JsonSerializable(typeof(DataBreakpointInfoBody))]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(EvaluateBody))]
[JsonSerializable(typeof(ExceptionInfoBody))]
[JsonSerializable(typeof(ExitedBody))]
[JsonSerializable(typeof(GotoTargetsBody))]
[JsonSerializable(typeof(InvalidatedBody))]
[JsonSerializable(typeof(MemoryBody))]
[JsonSerializable(typeof(ModulesBody))]
[JsonSerializable(typeof(OutputBody))]
[JsonSerializable(typeof(ProgramWantedBody))]
[JsonSerializable(typeof(ProgressEndBody))]
[JsonSerializable(typeof(ProgressStartBody))]
[JsonSerializable(typeof(ReadMemoryBody))]
[JsonSerializable(typeof(ScopesBody))]
[JsonSerializable(typeof(SetVariableBody))]
[JsonSerializable(typeof(SourceBody))]
[JsonSerializable(typeof(SourcesBody))]
[JsonSerializable(typeof(StackTraceBody))]
[JsonSerializable(typeof(StartDebuggingArguments))]
[JsonSerializable(typeof(StepInTargetsBody))]
[JsonSerializable(typeof(StoppedBody))]
[JsonSerializable(typeof(ThreadsBody))]
[JsonSerializable(typeof(VariablesBody))]
internal sealed partial class DapJson : JsonSerializerContext;
