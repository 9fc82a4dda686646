namespace MoeDevtools.Servers.Dap;

/// <summary>A request of the client.</summary>
/// <param name="seq">The client's number of it.</param>
internal sealed class Request(int seq, string command, Arguments arguments)
{
    private int _answered;

    public int Seq => seq;

    public string Command => command;

    public Arguments Arguments => arguments;

    /// <summary>True for the first caller: each request is answered once, whatever goes wrong.</summary>
    public bool Answer() => Interlocked.Exchange(ref _answered, 1) == 0;
}
