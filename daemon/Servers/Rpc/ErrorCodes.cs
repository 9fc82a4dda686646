namespace MoeDevtools.Servers.Rpc;

/// <summary>Codes of errors: those of JSON-RPC, of the Language Server Protocol, and one of this program.</summary>
internal static class ErrorCodes
{
    public const int ParseError = -32700;
    public const int InvalidRequest = -32600;
    public const int MethodNotFound = -32601;
    public const int InvalidParams = -32602;
    public const int InternalError = -32603;

    /// <summary>Before <c>initialize</c>.</summary>
    public const int NotInitialized = -32002;

    public const int Cancelled = -32800;

    /// <summary>A person can act on it: <c>data</c> has the id, the facts and what to do.</summary>
    public const int Refused = -32000;
}
