namespace MoeDevtools.Debugging.Views;

/// <summary>
/// What was counted last for a view, so that the same view asked again counts only what is new. One call at a time: who asks for the same meanwhile gets what the first one counted. What
/// is kept must be whole after any exception. Any thread.
/// </summary>
internal sealed class Kept<TKey, T> where TKey : notnull where T : class
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();      // guards _key and _value
    private TKey? _key;
    private T? _value;

    /// <exception cref="OperationCanceledException">Also while it waits for another call.</exception>
    public TResult Use<TResult>(TKey key, Func<T> create, Func<T, TResult> use, CancellationToken cancelled)
    {
        while (!_gate.TryEnter(Patience)) cancelled.ThrowIfCancellationRequested();
        try
        {
            if (_value is null || !key.Equals(_key)) (_key, _value) = (key, create());
            return use(_value);
        }
        finally
        {
            _gate.Exit();
        }
    }
}
