using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Tests.Routing;

namespace MoeDevtools.Tests.Analysis.Anomalies;

public sealed class AnomalyMonitorTests
{
    private static readonly IReadOnlyList<RouterInfo> Routers = [Batches.Router(8, 2)];

    [Fact]
    public void NanAndFailures_AreOnByDefault()
    {
        var monitor = new AnomalyMonitor(Routers);
        Assert.Equal(["nan_logits", "forward_failed"], monitor.Enabled.Select(i => i.Id));
        Assert.Equal(RoutingColumns.RouterLogits, monitor.Wanted(Routers[0]));
        Assert.Equal(1, monitor.LongestWindow);
    }

    [Fact]
    public void Known_HasSeveritySettingsAndSentences()
    {
        Assert.Equal(
            ["nan_logits", "router_collapse", "dead_expert", "frozen_router", "logit_explosion", "token_drop", "entropy_cliff", "load_imbalance", "hot_expert", "cold_expert", "undecided_router", "over_sharp_router", "replay_mismatch", "forward_failed"],
            AnomalyMonitor.Known.Select(i => i.Id));
        foreach (var info in AnomalyMonitor.Known)
        {
            Assert.EndsWith(".", info.Meaning.Format, StringComparison.Ordinal);
            Assert.EndsWith(".", info.Advice.Format, StringComparison.Ordinal);
            Assert.All(info.Settings, s => Assert.InRange(s.Default, s.Least, s.Most));
        }
    }

    [Fact]
    public void Wanted_FollowsWhatIsEnabled()
    {
        var monitor = new AnomalyMonitor(Routers);
        monitor.Disable("nan_logits");
        Assert.Equal(RoutingColumns.None, monitor.Wanted(Routers[0]));
        monitor.Enable("router_collapse", null);
        monitor.Enable("entropy_cliff", null);
        Assert.Equal(RoutingColumns.SelectedExperts | RoutingColumns.RouterScores, monitor.Wanted(Routers[0]));
        monitor.Enable("dead_expert", new Dictionary<string, double> { ["window"] = 500 });
        Assert.Equal(500, monitor.LongestWindow);
        monitor.Disable("dead_expert");
        Assert.Equal(32, monitor.LongestWindow);
    }

    [Fact]
    public void MissingColumns_AreNotReached()
    {
        var monitor = new AnomalyMonitor(Routers);
        monitor.Enable("router_collapse", null);
        var batch = Batches.Chosen(Routers[0], 1, [.. Enumerable.Repeat(new[] { 0, 1 }, 100)]);
        batch.Present = RoutingColumns.RouterScores;
        var found = new List<Anomaly>();
        monitor.Check(batch, new ExpertLoads(8, 50), found);
        Assert.Empty(found);
    }

    [Fact]
    public void Recomputation_MakesNoDecisions()
    {
        var watch = Watch.WithEverything(Routers);
        var batch = Batches.Chosen(Routers[0], 1, [.. Enumerable.Repeat(new[] { 0, 1 }, 100)]);
        batch.Pass.Phase = Phase.Recompute;
        Assert.Empty(watch.See(batch));
    }

    [Fact]
    public void Clear_ForgetsReportsButNotFilters()
    {
        var watch = new Watch(Routers, "router_collapse");
        var batch = Batches.Chosen(Routers[0], 1, [.. Enumerable.Repeat(new[] { 0, 1 }, 100)]);
        Assert.Single(watch.See(batch));
        Assert.Empty(watch.See(batch));
        watch.Monitor.Clear();
        Assert.Equal(["nan_logits", "router_collapse", "forward_failed"], watch.Monitor.Enabled.Select(i => i.Id));
        Assert.Single(watch.See(batch));
    }

    [Theory]
    [InlineData("router_colapse", "MOE6002", "nearest first: router_collapse")]
    [InlineData("", "MOE6001", "ID:NAME=NUMBER")]
    [InlineData("router_collapse:treshold=2", "MOE6003", "nearest first: threshold")]
    [InlineData("nan_logits:threshold=2", "MOE6003", "none")]
    [InlineData("router_collapse:window=0", "MOE6004", "whole number from 1")]
    [InlineData("router_collapse:window=2.5", "MOE6004", "whole number")]
    [InlineData("router_collapse:threshold=99", "MOE6004", "from 1 to 3")]
    [InlineData("router_collapse:", "MOE6001", "ID:NAME=NUMBER")]
    [InlineData("router_collapse:window", "MOE6001", "ID:NAME=NUMBER")]
    [InlineData("router_collapse:window=", "MOE6001", "ID:NAME=NUMBER")]
    [InlineData("router_collapse:window=x", "MOE6001", "ID:NAME=NUMBER")]
    [InlineData("router_collapse:window=nan", "MOE6001", "ID:NAME=NUMBER")]
    [InlineData("nan_logits:mode=decision,mode=decision", "MOE6001", "each name once")]
    [InlineData("nan_logits:mode=row", "MOE6001", "mode=decision")]
    [InlineData("router_collapse:mode=decision", "MOE6005", "once a router and pass")]
    [InlineData("router_collapse:window=5,window=6", "MOE6001", "each name once")]
    public void BadFilter_IsRefused(string text, string id, string says)
    {
        var error = Assert.Throws<UserError>(() => new Watch(Routers, text));
        Assert.Equal(id, error.Id);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nan_logits", "nan_logits")]
    [InlineData("nan_logits:mode=batch", "nan_logits")]
    [InlineData("replay_mismatch:mode=decision,threshold=0.1", "replay_mismatch:threshold=0.1,mode=decision")]
    [InlineData(" router_collapse : threshold = 2 , window=50", "router_collapse:threshold=2,window=50")]
    public void Filter_IsRead(string text, string written) => Assert.Equal(written, AnomalyFilter.Parse(text).ToString());
}
