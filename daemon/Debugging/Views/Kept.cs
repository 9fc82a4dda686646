namespace MoeDevtools.Debugging.Views;

/// <summary>
/// What was counted last for a view, so that the same view asked again counts only what is new. A call takes it out, brings it up to date, and puts it back; one that asks for something
/// else meanwhile, or at the same time, counts for itself. What is taken must be whole after any exception. Any thread.
/// </summary>
internal sealed class Kept<TKey, T> where TKey : notnull
{
    private Entry? _entry;

    public TResult Use<TResult>(TKey key, Func<T> create, Func<T, TResult> use)
    {
        var entry = Interlocked.Exchange(ref _entry, null);
        if (entry is null || !entry.Key.Equals(key)) entry = new Entry(key, create());
        try
        {
            return use(entry.Value);
        }
        finally
        {
            Volatile.Write(ref _entry, entry);
        }
    }

    private sealed record Entry(TKey Key, T Value);
}
