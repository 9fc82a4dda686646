using MoeDevtools.Checkpoints;
using MoeDevtools.Messages;
using MoeDevtools.Models.Backends;

namespace MoeDevtools.Tests.Models.Backends;

/// <summary>Handles, memory and moved numbers: the same for each backend.</summary>
public sealed class CpuBackendTests
{
    public static TheoryData<string> Names => new(BackendCatalogue.Names);

    [Fact]
    public void UnknownName_ListsTheBackends()
    {
        var error = Assert.Throws<UserError>(() => BackendCatalogue.Create("cuda"));
        Assert.Equal("MOE2012", error.Id);
        Assert.Contains("cuda", error.Message);
        Assert.Contains("simd, reference", error.Message);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Created_HasItsNameAndSaysWhatRuns(string name)
    {
        using var backend = BackendCatalogue.Create(name);
        Assert.Equal(name, backend.Name);
        Assert.Contains("thread", FormattableString.Invariant(backend.Description), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public unsafe void UnsupportedType_IsRefusedByName(string name)
    {
        using var backend = BackendCatalogue.Create(name);
        var tensor = new StoredTensor("model.norm.weight", StoredType.F8_E4M3, [4, 4], null, 16, "a.safetensors");
        var error = Assert.Throws<UserError>(() => backend.Bind(tensor));
        Assert.Equal("MOE2010", error.Id);
        foreach (var fact in (string[])["a.safetensors", "model.norm.weight", "F8_E4M3", "F32, F16, BF16"])
            Assert.Contains(fact, error.Message);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Bind_KeepsNameAndShape(string name)
    {
        using var backend = BackendCatalogue.Create(name);
        using var stored = new StoredWeights(1);
        var (matrix, vector) = (stored.Matrix(StoredType.F16, 3, 5), stored.Vector(StoredType.F16, 7));
        var (w, v) = (backend.Bind(matrix), backend.Bind(vector));
        Assert.Equal((matrix.Name, 3, 5), (w.Name, w.Rows, w.Columns));
        Assert.Equal((vector.Name, 1, 7), (v.Name, v.Rows, v.Columns));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Embed_ReadsTheRowsOfTheIds(string name)
    {
        using var backend = BackendCatalogue.Create(name);
        using var stored = new StoredWeights(2);
        foreach (var type in (StoredType[])[StoredType.F32, StoredType.F16, StoredType.BF16])
        {
            var table = backend.Bind(stored.Matrix(type, 11, 20));
            using var all = backend.Rent(11, 20);
            backend.Embed(table, [.. Enumerable.Range(0, 11)], all);
            using var some = backend.Rent(3, 20);
            backend.Embed(table, [10, 0, 10], some);
            var (rows, picked) = (backend.ToArray(all), backend.ToArray(some));
            Assert.Equal([.. rows[200..], .. rows[..20], .. rows[200..]], picked);
            Assert.Throws<ArgumentOutOfRangeException>(() => backend.Embed(table, [11], some));
            Assert.Throws<ArgumentOutOfRangeException>(() => backend.Embed(table, [-1], some));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CopyHeads_MovesColumnsOfEachHeadOrOneForAll(string name)
    {
        using var backend = BackendCatalogue.Create(name);
        using var x = backend.From([.. Enumerable.Range(0, 12).Select(i => (float)i)], 6);
        using var y = backend.From(new float[16], 8);

        // Two heads of 3 and of 4 columns: the last two of each into the middle.
        backend.CopyHeads(x, 3, 1, y, 4, 1, 2, 2);
        Assert.Equal([0, 1, 2, 0, 0, 4, 5, 0, 0, 7, 8, 0, 0, 10, 11, 0], backend.ToArray(y));

        // One head for both: its fifth column to the end.
        backend.CopyHeads(x, 6, 5, y, 4, 3, 1, 2);
        Assert.Equal([0, 1, 2, 5, 0, 4, 5, 5, 0, 7, 8, 11, 0, 10, 11, 11], backend.ToArray(y));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CopyRowsAndRead_GiveTheRowsAskedFor(string name)
    {
        using var backend = BackendCatalogue.Create(name);
        using var x = backend.From([1, 2, 3, 4, 5, 6], 2);
        using var last = backend.Rent(1, 2);
        backend.CopyRows(x, 2, last);
        Assert.Equal([5, 6], backend.ToArray(last));
        var host = new float[2];
        backend.Read(x, 1, host);
        Assert.Equal([3, 4], host);
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.Read(x, 2, new float[3]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ReturnedMatrix_IsRefusedAndItsMemoryUsedAgain(string name)
    {
        using var backend = BackendCatalogue.Create(name);
        var x = backend.Rent(3, 5);
        x.Dispose();
        Assert.Throws<ObjectDisposedException>(() => backend.Read(x, 0, new float[5]));
        Assert.Throws<ObjectDisposedException>(x.Dispose);
        using var y = backend.Rent(3, 5);
        Assert.Same(x, y);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CacheInPartsWithTruncation_AttendsLikeOneInOneGo(string name)
    {
        using var backend = BackendCatalogue.Create(name);
        using var stored = new StoredWeights(3);
        var shape = new AttentionShape(4, 2, 8, 6, 0.35f);
        const int length = 700;
        var (keys, values, query) = (stored.Values(length * 16), stored.Values(length * 12), stored.Values(32));
        using var whole = backend.CreateCache(2, 8, 6, length);
        Append(backend, whole, keys, 16, values, 12);
        using var parts = backend.CreateCache(2, 8, 6, length);
        Append(backend, parts, keys[..(250 * 16)], 16, values[..(250 * 12)], 12);
        Append(backend, parts, stored.Values(20 * 16), 16, stored.Values(20 * 12), 12);
        parts.Rewind(250, null);
        Assert.Equal(250, parts.Length);
        Append(backend, parts, keys[(250 * 16)..], 16, values[(250 * 12)..], 12);
        Assert.Equal(Attend(backend, whole, shape, query), Attend(backend, parts, shape, query));
        Assert.Throws<ArgumentOutOfRangeException>(() => Append(backend, parts, new float[16], 16, new float[12], 12));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CacheWithAWindow_ForgetsWhatNobodySeesAndGoesBackByACopy(string name)
    {
        using var backend = BackendCatalogue.Create(name);
        using var stored = new StoredWeights(5);
        var shape = new AttentionShape(4, 2, 8, 6, 0.35f) { Window = 9 };
        const int length = 400;
        var (keys, values, query) = (stored.Values(length * 16), stored.Values(length * 12), stored.Values(length * 32));
        using var whole = backend.CreateCache(2, 8, 6, length);
        Append(backend, whole, keys, 16, values, 12);
        var expected = Attend(backend, whole, shape, query);

        using var ring = (CpuCache)backend.CreateCache(2, 8, 6, length, window: 9);
        object? copy = null;
        var random = new Random(7);
        for (var at = 0; at < length;)
        {
            if (at >= 200 && copy is null) copy = (at, ring.Save());
            at = Step(at, Math.Min(length - at, random.Next(1, at < 50 ? 60 : 5)));
        }
        Assert.True(ring.Overwrites);
        Assert.Equal((length, 18), (ring.Length, ring.Room));

        var (back, saved) = ((int, object?))copy!;
        ring.Rewind(back, saved);
        Assert.Equal(back, ring.Length);
        Step(back, length - back);
        ring.Rewind(0, null);
        Step(0, 30);

        int Step(int at, int count)
        {
            Append(backend, ring, keys[(at * 16)..((at + count) * 16)], 16, values[(at * 12)..((at + count) * 12)], 12);
            Assert.Equal(expected[(at * 24)..((at + count) * 24)], Attend(backend, ring, shape, query[(at * 32)..((at + count) * 32)]));
            return at + count;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Compress_SoftmaxesTheTokensOfAnEntryWhateverThePasses(string name)
    {
        using var backend = BackendCatalogue.Create(name);
        using var stored = new StoredWeights(6);
        const int length = 23, rate = 4;
        foreach (var overlaps in (bool[])[false, true])
        {
            var columns = overlaps ? 10 : 5;
            var (k, z, places) = (stored.Values(length * columns), stored.Values(length * columns), stored.Matrix(StoredType.F32, rate, columns));
            var added = new float[rate * columns];
            using (var read = backend.Rent(rate, columns))
            {
                backend.Embed(backend.Bind(places), [0, 1, 2, 3], read);
                added = backend.ToArray(read);
            }
            foreach (var step in (int[])[23, 1, 3, 6])
            {
                using var window = backend.CreateRecurrence(ITensorBackend.CompressionNumbers(rate, columns, overlaps));
                var made = new List<float>();
                for (var at = 0; at < length; at += step)
                {
                    var count = Math.Min(step, length - at);
                    using var keys = backend.From(k[(at * columns)..((at + count) * columns)], columns);
                    using var scores = backend.From(z[(at * columns)..((at + count) * columns)], columns);
                    using var entries = backend.Rent((at + count) / rate - at / rate, 5);
                    backend.Compress(keys, scores, backend.Bind(places), window, rate, overlaps, entries);
                    made.AddRange(backend.ToArray(entries));
                }
                Assert.Equal(length / rate * 5, made.Count);
                for (var entry = 0; entry < length / rate; entry++)
                {
                    for (var c = 0; c < 5; c++)
                    {
                        var tokens = Enumerable.Range(entry * rate, rate).Select(t => t * columns + (overlaps ? 5 + c : c));
                        if (overlaps && entry > 0) tokens = tokens.Concat(Enumerable.Range((entry - 1) * rate, rate).Select(t => t * columns + c));
                        var weights = tokens.Select(i => (K: k[i], E: Math.Exp((double)z[i] + added[i % (rate * columns)]))).ToList();
                        Assert.Equal(weights.Sum(w => w.K * w.E) / weights.Sum(w => w.E), made[entry * 5 + c], 1e-5);
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Choose_TakesTheFirstOfEqualKeysAndNoneThatIsNotPast(string name)
    {
        using var backend = BackendCatalogue.Create(name);
        using var keys = backend.CreateCache(1, 2, 0, 100);
        using var k = backend.From([1, 0, 3, 0, -1, 0, 3, 0, 2, 0, 9, 0], 2);
        backend.Append(keys, k, null);
        // Scores 1, 3, 0, 3, 2, 9; with a negative weight the 0 of the third key is the best.
        using var q = backend.From([1, 0, 1, 0, 1, 0], 2);
        using var w = backend.From([1, 1, -1], 1);
        using var chosen = (CpuChosen)backend.CreateChosen();
        backend.Choose(q, w, keys, 2, start: 3, chosen);
        Assert.False(chosen.IsAll);
        Assert.Equal([1, 3, 1, 3, 0, 2], chosen.Keys.AsSpan(0, 6).ToArray());
        backend.Choose(q, w, keys, 6, start: 3, chosen);
        Assert.True(chosen.IsAll);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void NaNInALaterPosition_DoesNotReachEarlierOnes(string name)
    {
        using var backend = BackendCatalogue.Create(name);
        using var stored = new StoredWeights(4);
        var shape = new AttentionShape(2, 1, 20, 20, 0.2f) { Window = 6 };
        var (keys, values, queries) = (stored.Values(30 * 20), stored.Values(30 * 20), stored.Values(30 * 40));
        using var clean = backend.CreateCache(1, 20, 20, 30);
        Append(backend, clean, keys, 20, values, 20);
        var expected = Attend(backend, clean, shape, queries);
        (keys[17 * 20 + 3], values[17 * 20 + 5]) = (float.NaN, float.PositiveInfinity);
        using var dirty = backend.CreateCache(1, 20, 20, 30);
        Append(backend, dirty, keys, 20, values, 20);
        var actual = Attend(backend, dirty, shape, queries);
        for (var t = 0; t < 30; t++)
        {
            var row = actual[(t * 40)..((t + 1) * 40)];
            // Position 17 is seen by itself and the five after it.
            if (t is >= 17 and < 23) Assert.All(row, x => Assert.True(float.IsNaN(x)));
            else Assert.Equal(expected[(t * 40)..((t + 1) * 40)], row);
        }
    }

    private static void Append(ITensorBackend backend, KeyValueCache cache, float[] keys, int keyColumns, float[] values, int valueColumns)
    {
        using var k = backend.From(keys, keyColumns);
        using var v = backend.From(values, valueColumns);
        backend.Append(cache, k, v);
    }

    private static float[] Attend(ITensorBackend backend, KeyValueCache cache, AttentionShape shape, float[] queries)
    {
        using var q = backend.From(queries, shape.Heads * shape.KeySize);
        using var y = backend.Rent(q.Rows, shape.Heads * shape.ValueSize);
        backend.Attend(q, cache, shape, y);
        return backend.ToArray(y);
    }
}
