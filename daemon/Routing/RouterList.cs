using System.Collections;

namespace MoeDevtools.Routing;

/// <summary>The routers of a program in which more may begin to decide: they come to the end, and those that are there keep their places. Any thread may read while one adds.</summary>
public sealed class RouterList : IReadOnlyList<RouterInfo>
{
    private volatile RouterInfo[] _all = [];

    public int Count => _all.Length;

    public RouterInfo this[int index] => _all[index];

    public void Add(RouterInfo router) => _all = [.. _all, router];

    /// <summary>Those that are there now.</summary>
    public IEnumerator<RouterInfo> GetEnumerator() => ((IEnumerable<RouterInfo>)_all).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
