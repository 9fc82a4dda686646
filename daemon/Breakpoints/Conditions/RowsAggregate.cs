namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>
/// any(), all(), count(), mean(), min(), max() over the tokens of a batch; padding is left out. The value is kept while the batch is the
/// same, so that a condition on each row may compare with it.
/// </summary>
/// <param name="name">Which of them.</param>
/// <param name="truth">The argument of any, all, count.</param>
/// <param name="number">The argument of mean, min, max.</param>
internal sealed class RowsAggregate(string name, Func<Evaluation, bool>? truth, Func<Evaluation, double>? number)
{
    private long _stamp;
    private double _value;
    private Func<FormattableString>? _error;
    private int _errorColumn;
    private int _foundRow;

    public bool IsTrue(Evaluation at, int column) => Value(at, column) == 1;

    public double Value(Evaluation at, int column)
    {
        if (_stamp != at.Stamp)
        {
            var (row, error) = (at.Row, at.Error);
            if (error is not null) return double.NaN;
            _value = truth is null ? Numbers(at, column) : Truths(at, column);
            (_error, _errorColumn, _stamp) = (at.Error, at.ErrorColumn, at.Stamp);
            at.Forget();
            at.Row = row;
        }
        if (_error is not null) return at.Fail(_error, _errorColumn);
        if (_foundRow >= 0 && at.FoundRow < 0) at.FoundRow = _foundRow;
        return _value;
    }

    private double Truths(Evaluation at, int column)
    {
        _foundRow = -1;
        Func<FormattableString>? error = null;
        int errorColumn = 0, rows = 0, count = 0;
        for (var row = 0; row < at.Batch.Tokens; row++)
        {
            if (!at.Batch.IsToken(row)) continue;
            rows++;
            at.Row = row;
            var value = truth!(at);
            if (at.Error is not null)
            {
                if (error is null) (error, errorColumn) = (at.Error, at.ErrorColumn);
                at.Forget();
                if (name == "count") break;
                continue;
            }
            if (value) count++;
            if (name == "any" && value)
            {
                _foundRow = row;
                return 1;
            }
            if (name == "all" && !value) return 0;
        }
        if (error is not null) return at.Fail(error, errorColumn);
        return name switch
        {
            "count" => count,
            "any" => 0,
            _ => rows > 0 ? 1 : at.Fail(static () => $"the batch has no tokens", column),
        };
    }

    private double Numbers(Evaluation at, int column)
    {
        _foundRow = -1;
        var rows = 0;
        double sum = 0, smallest = double.PositiveInfinity, largest = double.NegativeInfinity;
        for (var row = 0; row < at.Batch.Tokens; row++)
        {
            if (!at.Batch.IsToken(row)) continue;
            rows++;
            at.Row = row;
            var value = number!(at);
            if (at.Error is not null) return double.NaN;
            sum += value;
            smallest = Math.Min(smallest, value);
            largest = Math.Max(largest, value);
        }
        if (rows == 0) return at.Fail(static () => $"the batch has no tokens", column);
        return name switch { "mean" => sum / rows, "min" => smallest, _ => largest };
    }
}
