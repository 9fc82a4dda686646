namespace MoeDevtools.Checkpoints.Tokenizers.Models;

/// <summary>A binary heap of merges to try: rank in the upper 32 bits, position in the lower. The least comes first.</summary>
internal sealed class MergeQueue
{
    private ulong[] _heap = new ulong[64];
    private int _count;

    public void Clear() => _count = 0;

    public void Push(ulong merge)
    {
        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, _count * 2);
        }
        var at = _count++;
        while (at > 0 && _heap[(at - 1) / 2] > merge)
        {
            _heap[at] = _heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        _heap[at] = merge;
    }

    public bool TryPop(out ulong merge)
    {
        if (_count == 0)
        {
            merge = 0;
            return false;
        }
        merge = _heap[0];
        var last = _heap[--_count];
        var at = 0;
        while (true)
        {
            var child = 2 * at + 1;
            if (child >= _count)
            {
                break;
            }
            if (child + 1 < _count && _heap[child + 1] < _heap[child])
            {
                child++;
            }
            if (_heap[child] >= last)
            {
                break;
            }
            _heap[at] = _heap[child];
            at = child;
        }
        _heap[at] = last;
        return true;
    }
}
