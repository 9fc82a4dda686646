namespace MoeDevtools.Routing.Interventions;

/// <summary>What can be changed of a routing decision while it happens. The values are stored in traces: never renumber.</summary>
public enum InterventionKind
{
    /// <summary>Out of the selection; the next best takes the slot, the other scores stay.</summary>
    Mask = 0,

    /// <summary>Logit −∞ before the scores are made.</summary>
    MaskRenormalised = 1,

    /// <summary>Its slot stays empty; the other weights stay.</summary>
    Remove = 2,

    /// <summary>Its slot stays empty; the other weights are scaled to the old sum.</summary>
    RemoveRenormalised = 3,

    /// <summary>These experts, with the weights that their own scores give by the rule.</summary>
    Force = 4,

    /// <summary>Another number of experts a token.</summary>
    K = 5,

    AddToLogits = 6,
    SetLogits = 7,

    /// <summary>Added to the selection scores alone.</summary>
    SelectionBias = 8,

    /// <summary>These weights, slot by slot in the order of the decision.</summary>
    Weights = 9,

    /// <summary>All weights times a factor.</summary>
    ScaleWeights = 10,

    /// <summary>Another rule in place of the model's own choice.</summary>
    Policy = 11,
}
