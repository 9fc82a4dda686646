namespace MoeDevtools.Traces.Formats.Numpy;

/// <summary>What an element of an .npy array is.</summary>
internal enum NpyKind
{
    Bool,
    Signed,
    Unsigned,
    Real,

    /// <summary>UTF-32, padded with zeros.</summary>
    Text,

    /// <summary>Bytes, padded with zeros.</summary>
    Bytes,
}
