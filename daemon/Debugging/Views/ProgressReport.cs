namespace MoeDevtools.Debugging.Views;

/// <summary>Takes how much of a long look is done, 0 to 1. Called often: whoever shows it picks.</summary>
public delegate void ProgressReport(double done);
