using MoeDevtools.Wire;

namespace MoeDevtools.Probe;

/// <summary>One forward pass of the model.</summary>
internal sealed class Pass(long step, int number, int microBatch, bool training)
{
    /// <summary>Routers that have decided in it.</summary>
    private readonly HashSet<int> _decided = [];

    public long Step => step;

    public int Number => number;

    public int MicroBatch => microBatch;

    public string Phase => training ? "train" : "eval";

    /// <summary>The managed thread that trains.</summary>
    public int Thread { get; } = Environment.CurrentManagedThreadId;

    /// <summary>The program said where it begins; else it ends where a router decides again.</summary>
    public bool IsSaid { get; init; }

    /// <summary>Null until it is known: where the program says nothing of rows, those of the first decision.</summary>
    public int? Rows { get; set; }

    /// <summary>What is known of the rows.</summary>
    public IReadOnlyList<WrittenColumn> Columns { get; set; } = [];

    /// <summary>The daemon that has been told of the rows.</summary>
    public ProbeClient? Told { get; set; }

    public bool HasDecisions => _decided.Count > 0;

    /// <summary>False where the router has decided in this pass already.</summary>
    public bool Decides(int router) => _decided.Add(router);
}
