using MoeDevtools.Messages;
using MoeDevtools.Servers.Dap.Variables;

namespace MoeDevtools.Tests.Servers;

public sealed class VariableNodeTests
{
    private readonly VariableNode _node = new("x", () => [() => Item("a"), () => Item("b"), () => Item("c")], 1_000_000, () => i => Item($"[{i}]"));

    [Fact]
    public void AnyPages_TogetherAreTheWhole()
    {
        var random = new Random(2);
        var small = new VariableNode("x", () => [() => Item("a"), () => Item("b"), () => Item("c")], 40, () => i => Item($"[{i}]"));
        var whole = Names(small, null, 0, 0);
        Assert.Equal(43, whole.Count);
        for (var round = 0; round < 100; round++)
        {
            var pages = new List<string>();
            for (int start = 0, count; start < 43; start += count) pages.AddRange(Names(small, null, start, count = random.Next(1, 20)));
            Assert.Equal(whole, pages);
        }
        Assert.Equal(whole, [.. Names(small, "named", 0, 0), .. Names(small, "indexed", 0, 0)]);
    }

    [Theory]
    [InlineData("named", 3)]
    [InlineData("indexed", 1_000_000)]
    [InlineData(null, int.MaxValue)]
    public void AStartBeyondTheEnd_IsEmpty(string? filter, int start) => Assert.Empty(_node.Items(filter, start, int.MaxValue));

    [Fact]
    public void AMillionAtOnce_AreCutAndSaid()
    {
        var items = _node.Items("indexed", 0, 1_000_000);
        Assert.Equal(VariableNode.MostItems + 1, items.Count);
        Assert.Equal("950,000 more; ask for them with start and count", items[^1].Value);
        Assert.Equal(["[999998]", "[999999]"], Names(_node, "indexed", 999_998, 100));
    }

    [Fact]
    public void Handles_AreStableWithinAStop_AndNeverGivenAgain()
    {
        var handles = new Handles();
        var (number, frame, kept) = (handles.Of(_node), handles.Frame(1), handles.Keep(_node));
        Assert.Equal(number, handles.Of(_node));
        Assert.Equal(1, handles.LevelOf(frame));

        handles.Clear();

        Assert.Throws<UserError>(() => handles.Find(number));
        Assert.Throws<UserError>(() => handles.LevelOf(frame));
        Assert.Same(_node, handles.Find(kept));
        Assert.True(handles.Of(_node) > kept);
    }

    private static VariableItem Item(string name) => new(name, "");

    private static List<string> Names(VariableNode node, string? filter, int start, int count) => [.. node.Items(filter, start, count).Select(i => i.Name)];
}
