using MoeDevtools.Models;
using MoeDevtools.Models.Backends;
using MoeDevtools.Numerics;

namespace MoeDevtools.Capture;

/// <summary>Collects −ln p of the tokens that follow, over the passes of one prefill.</summary>
internal sealed class TokenScorer(ITensorBackend backend, IReadOnlyList<int> ids, int vocabulary) : IForwardObserver
{
    private readonly float[] _row = new float[vocabulary];

    /// <summary>One value a token after the first, nats.</summary>
    public List<double> Nll { get; } = [];

    /// <summary>Position of the first token of the current pass.</summary>
    public int Start { get; set; }

    public void OnHidden(int index, Activation hidden)
    {
    }

    public void OnLogits(int firstRow, Activation logits)
    {
        for (var i = 0; i < logits.Rows; i++)
        {
            var next = Start + firstRow + i + 1;
            if (next >= ids.Count) return;
            backend.Read(logits, i, _row);
            Nll.Add(Formulas.LogSumExp(_row) - _row[ids[next]]);
        }
    }
}
