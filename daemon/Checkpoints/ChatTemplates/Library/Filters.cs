using MoeDevtools.Checkpoints.ChatTemplates.Runtime;

namespace MoeDevtools.Checkpoints.ChatTemplates.Library;

/// <summary>What may stand after <c>|</c>: all filters, of elements and of text.</summary>
internal static class Filters
{
    public static readonly IReadOnlyDictionary<string, Filter> All =
        ElementFilters.All.Concat(TextFilters.All).ToDictionary(filter => filter.Name);
}
