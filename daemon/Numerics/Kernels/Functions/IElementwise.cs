namespace MoeDevtools.Numerics.Kernels.Functions;

/// <summary>A function of one number, as vectors and as its plain twin. NaN goes through.</summary>
public interface IElementwise
{
    /// <summary>f(x) in double.</summary>
    static abstract double Of(double x);

    internal static abstract TVector Of<TLanes, TVector>(TVector x) where TLanes : struct, ILanes<TVector> where TVector : struct;
}
