namespace MoeDevtools.Analysis.Anomalies;

/// <summary>What a detector keeps of each router, by its index: the default until it is written. Grows with the routers of the session.</summary>
internal sealed class PerRouter<T>
{
    private T[] _values = [];

    public ref T this[int router]
    {
        get
        {
            if (router >= _values.Length) Array.Resize(ref _values, Math.Max(router + 1, 2 * _values.Length));
            return ref _values[router];
        }
    }

    public void Clear() => Array.Clear(_values);
}
