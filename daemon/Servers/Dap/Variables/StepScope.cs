using System.Globalization;
using MoeDevtools.Routing;

namespace MoeDevtools.Servers.Dap.Variables;

/// <summary>The step and the pass that the stop is in.</summary>
internal static class StepScope
{
    private static readonly string[] Words = ["step", "phase", "pass", "rank", "tokens"];

    public static VariableNode Of(Look look) => new("step", () =>
    [
        .. look.Words(Words, "step"),
        () => new VariableItem("rows", look.Batch.Tokens.ToString(CultureInfo.InvariantCulture)) { Type = "number" },
        () => new VariableItem("capture problems", look.Session.Problems == BatchProblems.None ? "none" : look.Session.Problems.ToString()),
    ]);
}
