using System.Runtime.InteropServices;

namespace MoeDevtools.Debugging.Views;

/// <summary>Merges small links into others, so that a flow can be drawn: each token stays in one link.</summary>
/// <param name="least">Tokens below which a link is small.</param>
internal sealed class FlowBuilder(double least)
{
    private readonly Dictionary<(FlowNode Source, FlowNode Target), long> _links = [];
    private readonly Dictionary<FlowNode, List<(FlowNode Target, long Count)>> _small = [];
    private int _merged;

    /// <param name="source">With count 0, as <paramref name="target"/>.</param>
    public void Add(FlowNode source, FlowNode target, long count)
    {
        if (count >= least)
        {
            AddLink(source, target, count);
            return;
        }
        _merged++;
        if (!_small.TryGetValue(source, out var links)) _small[source] = links = [];
        links.Add((target, count));
    }

    /// <param name="otherSources">Stands for sources that have no link of their own.</param>
    public Flow Build(StepRange? range, FlowNode otherSources, FlowNode otherTargets)
    {
        // Small links of one source go together to others; what is small even so comes from others.
        var rest = new Dictionary<FlowNode, long>();
        foreach (var (source, links) in _small)
        {
            var sum = links.Sum(l => l.Count);
            if (sum >= least) AddLink(source, otherTargets, sum);
            else foreach (var (target, count) in links) CollectionsMarshal.GetValueRefOrAddDefault(rest, target, out _) += count;
        }
        foreach (var (target, count) in rest) AddLink(otherSources, count >= least ? target : otherTargets, count);
        var all = _links.OrderByDescending(l => l.Value).ThenBy(l => l.Key.Source.Id, StringComparer.Ordinal).ThenBy(l => l.Key.Target.Id, StringComparer.Ordinal).ToList();
        return new Flow
        {
            Range = range,
            Tokens = all.Sum(l => l.Value),
            Nodes =
            [
                .. all.SelectMany(l => new[] { (Node: l.Key.Source, l.Value), (Node: l.Key.Target, l.Value) }).GroupBy(n => n.Node, n => n.Value)
                    .Select(g => g.Key with { Count = g.Sum() }).OrderBy(n => n.Router ?? -1).ThenBy(n => n.Expert ?? int.MaxValue).ThenByDescending(n => n.Count).ThenBy(n => n.Id, StringComparer.Ordinal),
            ],
            Links = [.. all.Select(l => new FlowLink(l.Key.Source.Id, l.Key.Target.Id, l.Value))],
            Others = _merged,
        };
    }

    private void AddLink(FlowNode source, FlowNode target, long count) => CollectionsMarshal.GetValueRefOrAddDefault(_links, (source, target), out _) += count;
}
