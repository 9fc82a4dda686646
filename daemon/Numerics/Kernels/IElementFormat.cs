namespace MoeDevtools.Numerics.Kernels;

/// <summary>A format whose elements have addresses of their own and have no scales: its key says nothing.</summary>
internal unsafe interface IElementFormat : IWeightFormat
{
    /// <summary>Bytes of one element.</summary>
    static abstract int Size { get; }

    /// <summary>Elements in the order of storage.</summary>
    static abstract TVector Load<TLanes, TVector>(byte* data) where TLanes : struct, ILanes<TVector> where TVector : struct;

    /// <summary>The first elements of Width pairs.</summary>
    static abstract TVector LoadEven<TLanes, TVector>(byte* pairs) where TLanes : struct, ILanes<TVector> where TVector : struct;

    /// <summary>The second elements of Width pairs.</summary>
    static abstract TVector LoadOdd<TLanes, TVector>(byte* pairs) where TLanes : struct, ILanes<TVector> where TVector : struct;

    /// <summary>One element.</summary>
    static abstract float Read(byte* data);
}
