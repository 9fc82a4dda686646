using MoeDevtools.Models;
using MoeDevtools.Models.Backends;
using MoeDevtools.Numerics;

namespace MoeDevtools.Capture;

/// <summary>Takes the logits of a prompt, over the passes of its prefill: scores the tokens that follow, and hands logits on where they are asked for.</summary>
/// <param name="handOn">Position and logits <c>[vocabulary]</c>; null = nobody asks.</param>
internal sealed class PromptLogits(ITensorBackend backend, IReadOnlyList<int> ids, int vocabulary, Action<int, float[]>? handOn) : IForwardObserver
{
    private readonly float[] _row = new float[vocabulary];

    /// <summary>−ln p of each token after the first, nats.</summary>
    public List<double> Nll { get; } = [];

    /// <summary>Position of the first token of the current pass.</summary>
    public int Start { get; set; }

    public void OnHidden(string stack, int index, Activation hidden)
    {
    }

    public void OnLogits(int firstRow, Activation logits)
    {
        for (var i = 0; i < logits.Rows; i++)
        {
            var position = Start + firstRow + i;
            backend.Read(logits, i, _row);
            handOn?.Invoke(position, _row);
            if (position + 1 < ids.Count) Nll.Add(Formulas.LogSumExp(_row) - _row[ids[position + 1]]);
        }
    }
}
