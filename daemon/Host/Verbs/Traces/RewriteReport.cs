using MoeDevtools.Host.Terminal;
using MoeDevtools.Traces.Maintenance;

namespace MoeDevtools.Host.Verbs.Traces;

/// <summary>What became of a recording that was written anew.</summary>
internal static class RewriteReport
{
    public static void Write(VerbContext context, string target, RewriteResult result)
    {
        if (context.Json is { } json)
        {
            json.Write("rewritten", fields =>
            {
                fields.WriteString("file", target);
                fields.WriteNumber("bytes_before", result.BytesBefore);
                fields.WriteNumber("bytes", result.BytesAfter);
                fields.WriteNumber("batches", result.Batches);
                fields.WriteNumber("columns_left_out", result.ColumnsLeftOut);
            });
            return;
        }
        var (before, after) = (Numbers.Bytes(result.BytesBefore), Numbers.Bytes(result.BytesAfter));
        context.Screen.WriteLine(context.Screen.Text(result.BytesAfter < result.BytesBefore
            ? (FormattableString)$"{target}: {before} became {after}, {Numbers.Percent(1 - (double)result.BytesAfter / result.BytesBefore)} less"
            : $"{target}: {before} became {after}"));
    }
}
