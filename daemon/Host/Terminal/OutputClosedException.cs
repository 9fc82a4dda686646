namespace MoeDevtools.Host.Terminal;

/// <summary>Whoever read stdout has gone (<c>moe-devtools ... | head</c>): nobody is left to write for.</summary>
internal sealed class OutputClosedException() : IOException("stdout is closed");
