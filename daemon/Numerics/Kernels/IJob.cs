namespace MoeDevtools.Numerics.Kernels;

/// <summary>Work cut into items that may run in any order and at the same time.</summary>
public interface IJob
{
    /// <param name="item">0 to items − 1, each exactly once.</param>
    /// <param name="worker">The thread, 0 (the caller) to threads − 1; no two items of one worker run at the same time, so it may index
    /// scratch memory.</param>
    void Execute(int item, int worker);
}
