using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Checkpoints;

internal static class Expect
{
    /// <summary>Runs it and returns the error, which must have this id and must name all of these.</summary>
    public static void Error(string id, Action action, params ReadOnlySpan<string> facts)
    {
        var error = Assert.Throws<UserError>(action);
        Assert.True(error.Id == id, $"expected {id}, got {error.Message}");
        foreach (string fact in facts)
        {
            Assert.Contains(fact, error.Message, StringComparison.Ordinal);
        }
    }
}
