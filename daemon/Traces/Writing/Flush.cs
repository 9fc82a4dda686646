namespace MoeDevtools.Traces.Writing;

/// <summary>Asks for a commit of all that came before it.</summary>
internal sealed class Flush : IDisposable
{
    private readonly ManualResetEventSlim _done = new();

    public void Done() => _done.Set();

    public void Wait() => _done.Wait();

    public void Dispose() => _done.Dispose();
}
