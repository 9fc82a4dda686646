namespace MoeDevtools.Servers.Rpc;

/// <summary>A parameter is missing or has the wrong type: a defect of the client.</summary>
internal sealed class ParameterException(string message) : Exception(message);
