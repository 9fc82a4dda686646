using MoeDevtools.Models.Backends;

namespace MoeDevtools.Models;

/// <summary>Sees the inside of a forward pass, on the compute thread. Activations are lent for the length of a call.</summary>
public interface IForwardObserver
{
    /// <summary>
    /// Hidden states <c>[T, hidden]</c> of a stack, <c>decoder</c> or <c>encoder</c>: 0 the embeddings, i after layer i, the last one after the final norm.
    /// Between layers with S residual streams <c>[T, S · hidden]</c>, stream after stream.
    /// </summary>
    void OnHidden(string stack, int index, Activation hidden);

    /// <summary>Logits <c>[rows, vocabulary]</c> of the pass's tokens from <paramref name="firstRow"/> on; called until all rows were shown.</summary>
    void OnLogits(int firstRow, Activation logits);
}
