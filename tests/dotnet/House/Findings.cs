namespace MoeDevtools.Tests.House;

internal static class Findings
{
    /// <summary>Fails with every finding in full; xunit's own collection asserts cut them.</summary>
    public static void None(IEnumerable<string> findings)
    {
        var all = string.Join('\n', findings);
        Assert.True(all.Length == 0, all);
    }
}
