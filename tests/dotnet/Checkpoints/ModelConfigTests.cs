using System.Text;
using MoeDevtools.Checkpoints;

namespace MoeDevtools.Tests.Checkpoints;

public sealed class ModelConfigTests
{
    private static ModelConfig Parse(string keys) =>
        ModelConfig.Parse("m/config.json", Encoding.UTF8.GetBytes($$"""{"model_type":"olmoe",{{keys}}}"""));

    private static void Refuse(string id, string keys, Action<ModelConfig> read, params string[] facts)
    {
        var config = Parse(keys);
        Expect.Error(id, () => read(config), ["m/config.json", .. facts]);
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("-1", -1)]
    [InlineData("10000.0", 10000)]
    [InlineData("1e6", 1000000)]
    [InlineData("1.5e1", 15)]
    [InlineData("2147483647", int.MaxValue)]
    public void WholeNumber_IsAnInt(string json, int value) => Assert.Equal(value, Parse($"\"k\":{json}").Int("k"));

    [Theory]
    [InlineData("1.5")]
    [InlineData("2147483648")]
    [InlineData("-2147483649")]
    [InlineData("99999999999999999999")]
    [InlineData("1e400")]
    [InlineData("\"7\"")]
    [InlineData("true")]
    [InlineData("[7]")]
    public void OtherValue_IsNoInt(string json) =>
        Refuse("MOE1102", $"\"k\":{json}", config => config.Int("k", 3), "k = " + json, "whole number");

    [Theory]
    [InlineData(0, "at least 1")]
    [InlineData(9, "from 1 to 8")]
    public void IntOutsideItsRange_IsRefused(int value, string expected) =>
        Refuse("MOE1102", $"\"k\":{value}", config => config.Int("k", least: 1, most: value == 0 ? int.MaxValue : 8), expected);

    [Theory]
    [InlineData("[0.001, 0.1]", 0.001, 0.1)]
    [InlineData("[0.0, Infinity]", 0, double.PositiveInfinity)]
    [InlineData("[-Infinity, 2]", double.NegativeInfinity, 2)]
    [InlineData("[0, {\"__float__\": \"Infinity\"}]", 0, double.PositiveInfinity)]
    public void Limits_MayBeInfinite(string json, double least, double most) =>
        Assert.Equal((least, most), Parse($"\"name\":\"Infinity \\\" Infinity\",\"k\":{json}").Limits("k"));

    [Theory]
    [InlineData("[1]", "two numbers")]
    [InlineData("[2, 1]", "lower one first")]
    [InlineData("[0, \"Infinity\"]", "Infinity")]
    [InlineData("[0, {\"__float__\": \"many\"}]", "many")]
    [InlineData("3", "two numbers")]
    public void OtherValue_IsNoLimits(string json, string expected) => Refuse("MOE1102", $"\"k\":{json}", config => config.Limits("k"), expected);

    [Fact]
    public void Infinity_IsNoNumberElsewhere_AndATextKeepsIt()
    {
        var config = Parse("\"k\":Infinity,\"text\":\"Infinity\"");

        Expect.Error("MOE1102", () => config.Number("k"), "k = Infinity", "finite");
        Assert.Equal("Infinity", config.Text("text"));
    }

    [Theory]
    [InlineData("\"other\":1")]
    [InlineData("\"k\":null")]
    public void AbsentOrNullKey_TakesTheDefaultOrIsRequired(string keys)
    {
        var config = Parse(keys);

        Assert.Equal(5, config.Int("k", 5));
        Assert.Equal(0.5, config.Number("k", 0.5));
        Assert.True(config.Bool("k", true));
        Assert.Equal("silu", config.Text("k", "silu"));
        Assert.Null(config.OptionalInt("k"));
        Assert.Null(config.OptionalNumber("k"));
        Assert.Null(config.OptionalBool("k"));
        Assert.Null(config.OptionalText("k"));
        Assert.Null(config.Ints("k"));
        Assert.Null(config.Numbers("k"));
        Assert.Null(config.Texts("k"));
        Assert.Null(config.Section("k"));
        Assert.False(config.Has("k"));
        Action[] required =
            [() => config.Int("k"), () => config.IntOf("k"), () => config.Number("k"), () => config.Bool("k"), () => config.Text("k")];
        foreach (var read in required)
        {
            Expect.Error("MOE1101", read, "k is missing", "m/config.json");
        }
    }

    [Theory]
    [InlineData("1e-06", 1e-6)]
    [InlineData("10000", 10000)]
    public void Number_IsRead(string json, double value) => Assert.Equal(value, Parse($"\"k\":{json}").Number("k"));

    [Theory]
    [InlineData("1e400")]
    [InlineData("\"1\"")]
    [InlineData("false")]
    public void OtherValue_IsNoNumber(string json) => Refuse("MOE1102", $"\"k\":{json}", config => config.Number("k"), "k = " + json);

    [Theory]
    [InlineData("1")]
    [InlineData("\"true\"")]
    public void OtherValue_IsNoBool(string json) => Refuse("MOE1102", $"\"k\":{json}", config => config.Bool("k"), "true or false");

    [Fact]
    public void OtherValue_IsNoText() => Refuse("MOE1102", "\"k\":1", config => config.Text("k"), "k = 1");

    [Fact]
    public void Lists_AreRead()
    {
        var config = Parse("""
            "ints":[1,2.0],"numbers":[1,0.5],"texts":["a","b"],"none":[]
            """);

        Assert.Equal([1, 2], config.Ints("ints")!);
        Assert.Equal([1, 0.5], config.Numbers("numbers")!);
        Assert.Equal(["a", "b"], config.Texts("texts")!);
        Assert.Equal([], config.Ints("none")!);
    }

    [Fact]
    public void WrongItem_IsRefusedByItsPlace() => Refuse("MOE1102", "\"k\":[1,null]", config => config.Ints("k"), "k[1] = null");

    [Fact]
    public void NoList_IsRefused() => Refuse("MOE1102", "\"k\":1", config => config.Texts("k"), "a list of texts");

    [Fact]
    public void FirstAliasThatIsThere_IsTaken()
    {
        Assert.Equal(8, Parse("\"num_local_experts\":8").IntOf("num_experts", "num_local_experts"));
        Assert.Equal(8, Parse("\"num_local_experts\":8,\"num_experts\":8.0").IntOf("num_experts", "num_local_experts"));
        Refuse("MOE1101", "\"k\":1", config => config.IntOf("num_experts", "num_local_experts"), "num_experts or num_local_experts");
    }

    [Fact]
    public void AliasesWithDifferentValues_AreAContradiction() =>
        Refuse("MOE1106",
            "\"num_local_experts\":8,\"num_experts\":16",
            config => config.IntOf("num_experts", "num_local_experts"),
            "num_experts = 16", "num_local_experts = 8");

    [Fact]
    public void KeyThatOccursTwice_IsRefusedWhenTheValuesDiffer()
    {
        Assert.Equal(1, Parse("\"k\":1,\"k\":1").Int("k"));
        Expect.Error("MOE1103", () => Parse("\"k\":1,\"k\":2"), "k occurs twice", "1", "2");
        Refuse("MOE1103", "\"s\":{\"k\":1,\"k\":2}", config => config.Section("s"), "s.k");
    }

    [Fact]
    public void Section_ShowsItsPathInErrors()
    {
        const string Keys = """
            "rope_scaling":{"factor":"8","deep":{"k":1},"none":{}},"other":1
            """;

        Refuse("MOE1102", Keys, config => config.Section("rope_scaling")!.Number("factor"), "rope_scaling.factor = \"8\"");
        Refuse("MOE1101", Keys, config => config.Section("rope_scaling")!.Section("deep")!.Int("x"), "rope_scaling.deep.x is missing");
        Refuse("MOE1102", Keys, config => config.Section("other"), "an object");
        Assert.True(Parse(Keys).Section("rope_scaling")!.Section("none")!.IsEmpty);
        Expect.Error("MOE1105",
            () => throw Parse(Keys).Section("rope_scaling")!.Unsupported("rope_type", "su", "default, yarn"),
            "m/config.json: rope_scaling.rope_type = su is not supported; supported: default, yarn.");
    }

    [Fact]
    public void Contradiction_ShowsTheFacts() => Expect.Error("MOE1106",
        () => throw Parse("\"k\":1").Contradiction($"num_experts_per_tok = {9}, but num_experts = {8}"),
        "m/config.json: num_experts_per_tok = 9, but num_experts = 8.");

    [Fact]
    public void KeysNobodyAskedFor_AreListedUnlessTheyCannotMatter()
    {
        var config = Parse("""
            "hidden_size":64,"clip_qkv":8.0,"use_cache":true,"transformers_version":"5","sliding_window":null,
            "rope_parameters":{"rope_theta":1,"rope_type":"default","attn_pdrop":0},"quantization_config":{"fmt":"e4m3"},"experts":8
            """);
        config.Int("hidden_size");
        config.Has("experts");
        config.Section("rope_parameters")!.Number("rope_theta");

        Assert.Equal(["clip_qkv", "rope_parameters.rope_type", "quantization_config"], config.UnreadKeys);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"model_type":null}""")]
    public void MissingModelType_IsRefused(string json) =>
        Expect.Error("MOE1101", () => ModelConfig.Parse("config.json", Encoding.UTF8.GetBytes(json)), "model_type");

    [Theory]
    [InlineData("{\n \"a\": }", "line 2, byte 7")]
    [InlineData("{}}", "line 1")]
    [InlineData("{\"a\":1,}", "line 1")]
    [InlineData("{\"a\":NaN}", "line 1, byte 6")]
    [InlineData("// comment", "line 1")]
    [InlineData("{\n\"a\":\"\\ud800\"}", "line 2, byte 5")]
    [InlineData("{\"\\ud800\":1}", "line 1, byte 2")]
    public void ConfigThatIsNotJson_IsRefusedAtItsPlace(string json, string place) =>
        Expect.Error("MOE1015", () => ModelConfig.Parse("config.json", Encoding.UTF8.GetBytes(json)), place);

    [Fact]
    public void ConfigThatIsNotUtf8_IsRefused() =>
        Expect.Error("MOE1015", () => ModelConfig.Parse("config.json", [.. "{\"a\":\""u8, 0xff, .. "\"}"u8]), "line 1, byte 6");

    [Fact]
    public void DeepConfig_IsRefused() =>
        Expect.Error("MOE1015", () => ModelConfig.Parse("config.json", Encoding.UTF8.GetBytes(new string('[', 1_000_000))));

    [Fact]
    public void ConfigThatIsNoObject_IsRefused() => Expect.Error("MOE1016", () => ModelConfig.Parse("config.json", "[]"u8), "Array");

    [Fact]
    public void HugeConfig_IsRefusedUnread()
    {
        using var model = TestModel.Whole();
        using (var file = File.OpenWrite(model.At("config.json")))
        {
            file.SetLength(100_000_001);
        }

        Expect.Error("MOE1014", model.Open, "100000001");
    }
}
