using MoeDevtools.Breakpoints.Conditions;

namespace MoeDevtools.Tests.Breakpoints;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("ent", "entropy")]
    [InlineData("ENT", "entropy")]
    [InlineData("entropy < 0.5 && sel", "selection_scores[ selected_experts[ selectionMargin selected(")]
    [InlineData("phase == ", "prefill decode train eval recompute")]
    [InlineData("phase != de", "decode")]
    [InlineData("phase == \"t", "\"train\"")]
    [InlineData("router == ", "\"model.layers.0.mlp.gate\" \"model.layers.1.mlp.gate\"")]
    [InlineData("router == 'model.layers.1", "'model.layers.1.mlp.gate'")]
    [InlineData("isFinite(", "router_logits router_scores selection_scores selected_experts routing_weights")]
    [InlineData("phase ", "== !=")]
    [InlineData("dropped ", "&& ||")]
    [InlineData("entropy ", "< <= > >= == != + - * / %")]
    [InlineData("selected", "selected_experts[ selected(")]
    [InlineData("text == \"en", "")]
    [InlineData("entropy @ e", "")]
    [InlineData("max", "maxVio max(")]
    public void Place_OffersWhatMayStandThere(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', Completions.At(text, text.Length, Batches.Routers(2)).Select(c => c.Text)));

    [Fact]
    public void CursorInTheMiddle_LooksOnlyAtWhatIsBefore() =>
        Assert.Equal("decode", Assert.Single(Completions.At("phase == dec && selected(3)", 12, [])).Text);

    [Fact]
    public void EmptyText_OffersEveryName() => Assert.Contains(Completions.At("", 0, []), c => c.Text == "load(" && c.Detail.StartsWith("load(e, window): c_e·N / C", StringComparison.Ordinal));
}
