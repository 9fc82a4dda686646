namespace MoeDevtools.Wire;

/// <summary>What came in is not framed as a message: the connection cannot go on, since nobody knows where the next message begins.</summary>
public sealed class FramingException(string message) : Exception(message);
