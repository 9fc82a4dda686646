namespace MoeDevtools.Debugging.Views;

/// <summary>How one router is doing. What is undefined (nothing assigned, no scores) is null. Immutable.</summary>
public sealed record RouterLoads
{
    /// <summary>Index in forward order.</summary>
    public required int Router { get; init; }

    /// <summary>C: slots with an expert that has a load, on which all that follows is.</summary>
    public required long Assignments { get; init; }

    /// <summary>Slots with a zero expert (identity); null where there are none.</summary>
    public required long? IdentityAssignments { get; init; }

    public required double? Cv { get; init; }

    public required double? MaxVio { get; init; }

    /// <summary>0 to 1.</summary>
    public required double? LoadEntropy { get; init; }

    /// <summary>1 to N.</summary>
    public required double? EffectiveExperts { get; init; }

    /// <summary>Empty slots of all slots, 0 to 1.</summary>
    public required double? DropRate { get; init; }

    /// <summary>Mean router entropy, 0 to 1.</summary>
    public required double? Entropy { get; init; }

    /// <summary>Experts with c_e = 0.</summary>
    public required int ZeroExperts { get; init; }

    /// <summary>Experts with c_e = 0 where that is not chance.</summary>
    public required IReadOnlyList<int> Dead { get; init; }

    /// <summary>Experts with some, but less than 0.001 of all assignments.</summary>
    public required IReadOnlyList<int> Cold { get; init; }

    /// <summary>Experts with more than twice the fair share.</summary>
    public required IReadOnlyList<int> Hot { get; init; }
}
