namespace MoeDevtools.Traces;

/// <summary>Takes the loads of one router in one step.</summary>
/// <param name="tokens">-1 = unknown.</param>
/// <param name="counts">c_e <c>[experts]</c>; lent for the length of the call.</param>
public delegate void LoadsReader(long step, int router, long tokens, long emptySlots, ReadOnlySpan<int> counts);
