using MoeDevtools.Checkpoints;

namespace MoeDevtools.Tests.Checkpoints;

public sealed class GenerationConfigTests : IDisposable
{
    private readonly TestModel _model = TestModel.Whole();

    public void Dispose() => _model.Dispose();

    private GenerationConfig Read(string? generation, string config = """{"model_type":"olmoe"}""")
    {
        _model.WithConfig(config);
        if (generation is not null)
        {
            _model.With("generation_config.json", generation);
        }
        using var checkpoint = Checkpoint.Open(_model.Folder);
        return checkpoint.Generation;
    }

    [Fact]
    public void MissingFile_LeavesAllUnset()
    {
        var generation = Read(null);

        Assert.Empty(generation.EosTokenIds);
        Assert.Null(generation.BosTokenId);
        Assert.Null(generation.PadTokenId);
        Assert.Null(generation.DoSample);
        Assert.Null(generation.Temperature);
        Assert.Null(generation.TopK);
        Assert.Null(generation.TopP);
        Assert.Null(generation.MinP);
        Assert.Null(generation.RepetitionPenalty);
    }

    [Fact]
    public void File_IsRead()
    {
        var generation = Read("""
            {"eos_token_id":[151645,151643],"bos_token_id":1,"pad_token_id":0,"do_sample":true,"temperature":0.6,"top_k":20,"top_p":0.95,
            "min_p":0,"repetition_penalty":1.05,"transformers_version":"5"}
            """, """{"model_type":"olmoe","eos_token_id":7}""");

        Assert.Equal([151645, 151643], generation.EosTokenIds);
        Assert.Equal((1, 0), (generation.BosTokenId, generation.PadTokenId));
        Assert.Equal((true, 0.6, 20), (generation.DoSample, generation.Temperature, generation.TopK));
        Assert.Equal((0.95, 0.0, 1.05), (generation.TopP, generation.MinP, generation.RepetitionPenalty));
    }

    [Theory]
    [InlineData("{}", "2", new[] { 2 })]
    [InlineData("{}", "[2,3]", new[] { 2, 3 })]
    [InlineData("""{"eos_token_id":null}""", "2", new[] { 2 })]
    [InlineData("""{"eos_token_id":5}""", "2", new[] { 5 })]
    [InlineData("""{"eos_token_id":-1}""", "2", new[] { 2 })]
    [InlineData("{}", "null", new int[0])]
    [InlineData("{}", "[-1]", new int[0])]
    public void EndOfText_FallsBackToTheModelsConfig(string generation, string eos, int[] expected) =>
        Assert.Equal(expected, Read(generation, $$"""{"model_type":"olmoe","eos_token_id":{{eos}}}""").EosTokenIds);

    [Fact]
    public void ModelOfTextsAndImages_HasItsTokensWithTheText() =>
        Assert.Equal([7, 9], Read("{}", """{"model_type":"llama4","text_config":{"model_type":"llama4_text","eos_token_id":[7,9]}}""").EosTokenIds);

    [Theory]
    [InlineData("temperature", "-0.1")]
    [InlineData("temperature", "\"1\"")]
    [InlineData("top_p", "1.1")]
    [InlineData("top_p", "-0.5")]
    [InlineData("min_p", "2")]
    [InlineData("top_k", "-2")]
    [InlineData("top_k", "1.5")]
    [InlineData("repetition_penalty", "0")]
    [InlineData("do_sample", "1")]
    [InlineData("eos_token_id", "\"</s>\"")]
    [InlineData("eos_token_id", "[\"</s>\"]")]
    [InlineData("pad_token_id", "-2")]
    public void ValueThatCannotBe_IsRefused(string key, string value) =>
        Expect.Error("MOE1102", () => Read($$"""{"{{key}}":{{value}}}"""), "generation_config.json", key);

    [Fact]
    public void TopKOfMinusOne_IsNoLimit() => Assert.Equal(0, Read("""{"top_k":-1}""").TopK);

    [Fact]
    public void FileThatIsNotJson_IsRefused() => Expect.Error("MOE1015", () => Read("{"), "generation_config.json");
}
