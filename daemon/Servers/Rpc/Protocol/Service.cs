namespace MoeDevtools.Servers.Rpc.Protocol;

/// <param name="Protocol">Grows with every change that a client of the former one would not understand.</param>
/// <param name="Pid">Process id of the daemon.</param>
internal sealed record InitializeResult(string Version, int Protocol, int Pid);

internal sealed record ProgressValue
{
    /// <summary>0 to 100.</summary>
    public int? Percentage { get; init; }
}

/// <param name="Token">As the call gave it: a string or a number.</param>
internal sealed record ProgressNote(System.Text.Json.JsonElement Token, ProgressValue Value);

internal sealed record RpcError(int Code, string Message)
{
    public RpcErrorData? Data { get; init; }
}

/// <summary>Both sentences are in the client's language.</summary>
/// <param name="Id">MOE and four digits.</param>
internal sealed record RpcErrorData(string Id, string Facts, string WhatToDo);
