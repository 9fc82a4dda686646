using System.Text.Json.Serialization;

namespace MoeDevtools.Servers.Rpc;

internal sealed record SessionInfo(string Id, string Kind, string Source, string State, StopInfo? Stop);

/// <summary>Counts as the session does: step from 1, the rest from 0.</summary>
internal sealed record StopInfo(long Step, int Pass, string Router, int Row, string Reason, bool IsPast);

internal sealed record InterventionInfo(int Id, string Text, bool Once);

internal sealed record ServerInfo(string Version, int Protocol, int Pid);

internal sealed record RpcError(int Code, string Message)
{
    public RpcErrorData? Data { get; init; }
}

/// <param name="Id">MOE and four digits.</param>
internal sealed record RpcErrorData(string Id, string Facts, string WhatToDo);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(IReadOnlyList<SessionInfo>))]
[JsonSerializable(typeof(IReadOnlyList<InterventionInfo>))]
[JsonSerializable(typeof(InterventionInfo))]
[JsonSerializable(typeof(ServerInfo))]
[JsonSerializable(typeof(RpcError))]
internal sealed partial class RpcJson : JsonSerializerContext;
