namespace MoeDevtools.Debugging.Views;

/// <summary>What a timeline can show of a router's steps.</summary>
public enum StepMetric
{
    /// <summary>Coefficient of variation of the load.</summary>
    Cv,

    /// <summary>Mean router entropy, 0 to 1.</summary>
    Entropy,

    /// <summary>Mean selection margin.</summary>
    Margin,

    /// <summary>Drop rate, 0 to 1.</summary>
    Drops,

    /// <summary>Router z-loss.</summary>
    ZLoss,
}
