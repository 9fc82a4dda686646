using System.Runtime.InteropServices;
using MoeDevtools.Traces.Storage;

namespace MoeDevtools.Traces.Writing;

/// <summary>Sums c_e of each router over the passes of a step, and writes a row of <c>loads</c> a step and router. Owned by the writer's thread.</summary>
internal sealed class LoadBook : IDisposable
{
    private readonly Database _database;
    private readonly List<Page> _pages;
    private readonly Statement _insert;
    private readonly Statement _select;
    private byte[] _experts;
    private byte[] _counts;

    public LoadBook(Database database, IReadOnlyList<int> experts)
    {
        _database = database;
        _pages = [.. experts.Select(n => new Page(n))];
        _insert = database.Prepare("INSERT OR REPLACE INTO loads VALUES (?,?,?,?,?,?)");
        _select = database.Prepare("SELECT tokens, empty_slots, width, experts, counts FROM loads WHERE id = ?");
        var most = Math.Max(1, experts.DefaultIfEmpty().Max()) * sizeof(int);
        (_experts, _counts) = (new byte[most], new byte[most]);
    }

    /// <summary>A further router.</summary>
    public void Add(int experts)
    {
        _pages.Add(new Page(experts));
        if (experts * sizeof(int) > _counts.Length) (_experts, _counts) = (new byte[experts * sizeof(int)], new byte[experts * sizeof(int)]);
    }

    public void Add(long step, int router, long tokens, long emptySlots, ReadOnlySpan<byte> counts)
    {
        var page = _pages[router];
        if (page.Step != step) Turn(router, step);
        page.Tokens += tokens;
        page.EmptySlots += emptySlots;
        var added = MemoryMarshal.Cast<byte, int>(counts);
        for (var e = 0; e < added.Length; e++) page.Counts[e] += added[e];
        page.Dirty = true;
    }

    /// <summary>Writes what is not written yet, so that loads agree with batches at each commit.</summary>
    public void Write()
    {
        for (var router = 0; router < _pages.Count; router++)
            if (_pages[router].Dirty) Write(router);
    }

    public void Dispose()
    {
        _insert.Dispose();
        _select.Dispose();
    }

    private void Turn(int router, long step)
    {
        var page = _pages[router];
        if (page.Dirty) Write(router);
        (page.Step, page.Tokens, page.EmptySlots) = (step, 0, 0);
        page.Counts.AsSpan().Clear();
        if (step > page.Highest)
        {
            page.Highest = step;
            return;
        }
        _select.Bind(1, TraceSchema.Key(step, router));                                   // a step that was left: another rank's
        if (_select.Step()) (page.Tokens, page.EmptySlots) = LoadCodec.Read(_select, 0, page.Counts);
        _select.Reset();
    }

    private void Write(int router)
    {
        var page = _pages[router];
        page.Dirty = false;
        var (width, sparse, length) = LoadCodec.Encode(page.Counts, _experts, _counts, out var named);
        _insert.Bind(1, TraceSchema.Key(page.Step, router)).Bind(2, page.Tokens).Bind(3, page.EmptySlots).Bind(4, width);
        if (sparse) _insert.Bind(5, _experts.AsSpan(0, named));
        else _insert.BindNull(5);
        _insert.Bind(6, _counts.AsSpan(0, length)).Run();
    }

    private sealed class Page(int experts)
    {
        public long Step = long.MinValue;
        public long Highest = long.MinValue;
        public long Tokens;
        public long EmptySlots;
        public bool Dirty;
        public int[] Counts { get; } = new int[experts];
    }
}
