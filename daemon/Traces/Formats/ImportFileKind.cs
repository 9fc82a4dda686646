namespace MoeDevtools.Traces.Formats;

internal enum ImportFileKind
{
    Npy,
    Npz,

    /// <summary>One JSON value, or one a line.</summary>
    Json,
    Csv,
}
