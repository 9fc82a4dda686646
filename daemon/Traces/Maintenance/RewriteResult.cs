namespace MoeDevtools.Traces.Maintenance;

/// <summary>What became of a trace.</summary>
/// <param name="BytesBefore">Of the file and its log.</param>
/// <param name="ColumnsLeftOut">Columns of batches that the routers' rules make again.</param>
public sealed record RewriteResult(long BytesBefore, long BytesAfter, long Batches, long ColumnsLeftOut);
