using System.Runtime.CompilerServices;
using MoeDevtools.Routing;

namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>
/// Where a compiled condition looks: one batch, one row, the loads, and the first thing that had no value. Owned by one thread and reused
/// from batch to batch. A failing operation never throws: it notes reason and column and gives a value that is not used.
/// </summary>
internal sealed class Evaluation
{
    private static long _lastStamp;

    private readonly List<(LoadWindow Loads, long Stamp)> _windows = [];     // with the stamp that each was filled at

    // Entropies of the rows from _entropyRow on: several rows at once take half the time of each alone.
    private readonly double[] _entropies = new double[64];
    private int _entropyRow;
    private int _entropyRows;

    /// <summary>Set by <see cref="Begin"/>.</summary>
    public RoutingBatch Batch { get; private set; } = null!;

    /// <summary>The steps before this batch; null where nothing was kept.</summary>
    public ExpertLoads? Loads { get; private set; }

    public int Row { get; set; }

    /// <summary>New with each <see cref="Begin"/>, of any instance: what was computed of a batch holds as long as it is the same.</summary>
    public long Stamp { get; private set; }

    /// <summary>The first row in which an any() was true; -1 = none yet.</summary>
    public int FoundRow { get; set; } = -1;

    /// <summary>Why the value is undefined; null = it is defined.</summary>
    public Func<FormattableString>? Error { get; private set; }

    /// <summary>Where in the condition, from 1.</summary>
    public int ErrorColumn { get; private set; }

    /// <summary>Turns to a batch, or to the same batch after it was changed.</summary>
    public void Begin(RoutingBatch batch, ExpertLoads? loads)
    {
        Batch = batch;
        Loads = loads;
        Stamp = Interlocked.Increment(ref _lastStamp);
        Row = -1;
        _entropyRows = 0;
    }

    /// <summary>To be called before each evaluation.</summary>
    public void Reset()
    {
        if (Error is not null) Error = null;
        FoundRow = -1;
    }

    /// <summary>Takes an error back: any() and all() look on over other rows.</summary>
    public void Forget() => Error = null;

    /// <summary>Notes that there is no value at <paramref name="column"/>; the first one counts. <paramref name="reason"/> is a constant.</summary>
    public double Fail(Func<FormattableString> reason, int column)
    {
        if (Error is not null) return double.NaN;
        Error = reason;
        ErrorColumn = column;
        return double.NaN;
    }

    /// <summary>c_e, C and T over the last <paramref name="window"/> steps with this one; 0 = of this batch alone.</summary>
    public LoadWindow Window(int window)
    {
        var i = 0;
        while (i < _windows.Count && _windows[i].Loads.Window != window) i++;
        if (i == _windows.Count) _windows.Add((new LoadWindow(window), 0));
        var (loads, stamp) = _windows[i];
        if (stamp == Stamp) return loads;
        loads.Fill(Batch, Loads);
        _windows[i] = (loads, Stamp);
        return loads;
    }

    /// <summary>The score entropy of the row; NaN where it is undefined. The scores are in the batch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Entropy()
    {
        var i = Row - _entropyRow;
        return _entropies[(uint)i < (uint)_entropyRows ? i : LookAhead()];
    }

    public double Divide(double a, double b, int column) => b == 0 ? Fail(static () => $"division by zero", column) : a / b;

    public double Remainder(double a, double b, int column) => b == 0 ? Fail(static () => $"remainder of a division by zero", column) : a % b;

    /// <summary>A computed index or expert as an integer below <paramref name="count"/>; -1 with an error where it is none.</summary>
    public int Index(double value, int count, int column)
    {
        var index = (int)value;
        if (index == value && index >= 0 && index < count) return index;
        Fail(index == value ? static () => $"index out of range" : static () => $"index is not a whole number", column);
        return -1;
    }

    /// <summary>True if the column is in the batch; notes an error where it is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Has(RoutingColumns column, int at)
    {
        if (Batch.Has(column)) return true;
        Fail(static () => $"not captured here", at);
        return false;
    }

    /// <summary>One row of a float column.</summary>
    public ReadOnlySpan<float> Floats(RoutingColumns column) => column switch
    {
        RoutingColumns.RouterLogits => Batch.LogitsOf(Row),
        RoutingColumns.RouterScores => Batch.ScoresOf(Row),
        RoutingColumns.SelectionScores => Batch.SelectionOf(Row),
        _ => Batch.WeightsOf(Row),
    };

    /// <summary>One value of a vector in this row.</summary>
    public double Element(RoutingColumns vector, double index, int column)
    {
        if (!Has(vector, column)) return double.NaN;
        if (vector == RoutingColumns.SelectedExperts)
        {
            var ids = Batch.ExpertsOf(Row);
            var slot = Index(index, ids.Length, column);
            return slot < 0 ? double.NaN : ids[slot];
        }
        var values = Floats(vector);
        var i = Index(index, values.Length, column);
        return i < 0 ? double.NaN : values[i];
    }

    /// <summary>Computes ahead, twice as far each time, while the rows are asked for in turn; one row after a jump, since the next may be another.</summary>
    private int LookAhead()
    {
        var inTurn = _entropyRows > 0 && Row == _entropyRow + _entropyRows;
        _entropyRows = Math.Min(inTurn ? Math.Min(2 * _entropyRows, _entropies.Length) : 1, Batch.Tokens - Row);
        _entropyRow = Row;
        Numerics.Entropy.Normalised(Batch.RouterScores.Slice(Row * Batch.Experts, _entropyRows * Batch.Experts), _entropies.AsSpan(0, _entropyRows));
        return 0;
    }
}
