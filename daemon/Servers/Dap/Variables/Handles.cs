using MoeDevtools.Messages;

namespace MoeDevtools.Servers.Dap.Variables;

/// <summary>
/// The numbers by which a client names frames and variables. At one stop the same thing has the same number; when the session goes on the numbers of a stop die, and none is
/// ever given again. Vectors that were evaluated are copies, of a number an expert, and live on, the last <see cref="MostKept"/> of them. Any thread.
/// </summary>
internal sealed class Handles
{
    private const int MostKept = 1024;

    private const int FramesOfAStop = 1024;

    private readonly Lock _gate = new();                                      // guards all fields
    private readonly Dictionary<string, int> _numbers = [];
    private readonly Dictionary<int, VariableNode> _ofStop = [];
    private readonly Dictionary<int, VariableNode> _kept = [];
    private readonly Queue<int> _age = [];
    private int _last;
    private int _stop;

    /// <summary>The number of the stop, part of whatever dies with it.</summary>
    public int Stop
    {
        get
        {
            lock (_gate) return _stop;
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _stop++;
            _numbers.Clear();
            _ofStop.Clear();
        }
    }

    public int Of(VariableNode node)
    {
        lock (_gate)
        {
            if (!_numbers.TryGetValue(node.Key, out var number)) _numbers[node.Key] = number = ++_last;
            _ofStop[number] = node;
            return number;
        }
    }

    public int Keep(VariableNode node)
    {
        lock (_gate)
        {
            _kept[++_last] = node;
            _age.Enqueue(_last);
            if (_age.Count > MostKept) _kept.Remove(_age.Dequeue());
            return _last;
        }
    }

    /// <exception cref="UserError">Of a former stop, or of none.</exception>
    public VariableNode Find(int number)
    {
        lock (_gate)
            return _ofStop.GetValueOrDefault(number) ?? _kept.GetValueOrDefault(number)
                ?? throw new UserError("MOE7010", $"variablesReference {number} is of no variable of this stop.", $"Ask for the scopes or evaluate again: references end when the session goes on, and of evaluated values the last {MostKept} are kept.");
    }

    /// <param name="level">0 = token, 1 = router, 2 = step; from 3 on frames of the program, which show what the token shows.</param>
    public int Frame(int level) => Stop * FramesOfAStop + level + 1;

    /// <exception cref="UserError">Of a former stop, or of none.</exception>
    public int LevelOf(int frame)
    {
        var level = frame - Stop * FramesOfAStop - 1;
        return level is >= 0 and < 3 ? level : level is >= 3 and < FramesOfAStop ? 0
            : throw new UserError("MOE7011", $"frameId {frame} is of no frame of this stop.", $"Ask for the stack trace again: frames end when the session goes on.");
    }
}
