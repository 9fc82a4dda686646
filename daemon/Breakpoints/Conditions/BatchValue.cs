namespace MoeDevtools.Breakpoints.Conditions;

/// <summary>A batch's quantity inside a condition on each row: computed once a batch.</summary>
internal sealed class BatchValue(Func<Evaluation, double> compute)
{
    private long _stamp;
    private double _value;
    private Func<FormattableString>? _error;
    private int _errorColumn;

    public double Get(Evaluation at)
    {
        if (_stamp != at.Stamp)
        {
            if (at.Error is not null) return double.NaN;
            _value = compute(at);
            (_error, _errorColumn, _stamp) = (at.Error, at.ErrorColumn, at.Stamp);
        }
        return _error is null ? _value : at.Fail(_error, _errorColumn);
    }
}
