using MoeDevtools.Checkpoints.ChatTemplates;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Checkpoints.ChatTemplates;

public sealed class FilesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("chat-template").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Write(string file, string text)
    {
        var path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    private string? Found(string? name = null, string? tools = null) =>
        ChatTemplate.Find(folder, name)?.Render(TemplateFixtures.NoMessages, tools is null ? null : TemplateFixtures.Json(tools));

    private UserError Refused(string? name = null) => Assert.Throws<UserError>(() => ChatTemplate.Find(folder, name));

    [Fact]
    public void NoTemplate_GivesNull()
    {
        Assert.Null(Found());
        Write("tokenizer_config.json", """{"chat_template": null}""");
        Assert.Null(Found());
    }

    [Fact]
    public void TheJinjaFile_WinsOverTheConfig_AndTheConfigOverChatTemplateJson()
    {
        Write("chat_template.json", """{"chat_template": "third"}""");
        Assert.Equal("third", Found());
        Write("tokenizer_config.json", """{"chat_template": "second"}""");
        Assert.Equal("second", Found());
        Write("chat_template.jinja", "first\n");
        Assert.Equal("first", Found());
    }

    [Fact]
    public void SpecialTokens_AreStringsOrObjects_AndMissingOnesPrintNothing()
    {
        Write("tokenizer_config.json", """
            {"chat_template": "{{ bos_token }}|{{ eos_token }}|{{ pad_token }}|{{ pad_token is defined }}",
             "bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": false}, "pad_token": null}
            """);
        Assert.Equal("<s>|</s>||False", Found());
    }

    [Fact]
    public void SpecialTokensMap_CountsOnlyForOldConfigs()
    {
        Write("special_tokens_map.json", """{"bos_token": {"content": "<map>"}}""");
        Write("tokenizer_config.json", """{"chat_template": "{{ bos_token }}", "bos_token": "<config>"}""");
        Assert.Equal("<map>", Found());
        Write("tokenizer_config.json", """{"chat_template": "{{ bos_token }}", "bos_token": "<config>", "added_tokens_decoder": {}}""");
        Assert.Equal("<config>", Found());
    }

    [Fact]
    public void SeveralTemplates_AreChosenByNameOrByTools()
    {
        Write("tokenizer_config.json", """
            {"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "with {{ tools|length }}"}, {"name": "rag", "template": "docs"}]}
            """);
        Assert.Equal("plain", Found());
        Assert.Equal("docs", Found("rag"));
        Assert.Equal("with 2", Found(tools: "[{}, {}]"));
        Assert.Equal("plain", Found("default", tools: "[{}]"));
        var error = Refused("nope");
        Assert.Equal("MOE1309", error.Id);
        Assert.Contains("'default', 'tool_use', 'rag'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AdditionalTemplates_StandBesideTheJinjaFile()
    {
        Write("chat_template.jinja", "plain");
        Write("additional_chat_templates/rag.jinja", "docs");
        Assert.Equal("plain", Found());
        Assert.Equal("docs", Found("rag"));
    }

    [Theory]
    [InlineData("{", "MOE1307")]
    [InlineData("[]", "MOE1308")]
    [InlineData("""{"chat_template": 5}""", "MOE1308")]
    [InlineData("""{"chat_template": [{"name": "x"}]}""", "MOE1308")]
    [InlineData("""{"chat_template": "x", "bos_token": 5}""", "MOE1308")]
    [InlineData("""{"chat_template": "{% if %}"}""", "MOE1301")]
    [InlineData("""{"chat_template": [{"name": "a", "template": ""}, {"name": "b", "template": ""}]}""", "MOE1309")]
    public void BadConfig_IsRefusedByItsName(string config, string id)
    {
        var path = Write("tokenizer_config.json", config);
        var error = Refused();
        Assert.Equal(id, error.Id);
        Assert.Contains(id == "MOE1309" ? folder : path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TemplateThatIsNotUtf8_IsRefused()
    {
        File.WriteAllBytes(Path.Combine(folder, "chat_template.jinja"), [0xC3, 0x28]);
        Assert.Equal("MOE1306", Refused().Id);
    }

    [Fact]
    public void Messages_AsAListOrAsAnObject()
    {
        var list = ChatMessages.Load(Write("a.json", """[{"role": "user", "content": "hi"}]"""));
        Assert.Equal(1, list.Messages.GetArrayLength());
        Assert.Null(list.Tools);
        Assert.Empty(list.Variables);
        var whole = ChatMessages.Load(Write("b.json", """{"messages": [{"role": "user", "content": null}], "tools": [{}], "enable_thinking": false}"""));
        Assert.Equal(1, whole.Tools!.Value.GetArrayLength());
        Assert.Equal("enable_thinking", Assert.Single(whole.Variables).Key);
        var template = ChatTemplate.Parse("{{ messages[0].content }}{{ tools|length }}{{ enable_thinking }}{{ add_generation_prompt }}", "x");
        Assert.Equal("None1FalseTrue", template.Render(whole.Messages, whole.Tools, variables: whole.Variables));
    }

    [Theory]
    [InlineData("[", "MOE1307", "line 1, column 2")]
    [InlineData("{\n \"messages\": oops}", "MOE1307", "line 2, column 14")]
    [InlineData("", "MOE1307", "line 1, column 1")]
    [InlineData("5", "MOE1310", "found a number")]
    [InlineData("[]", "MOE1310", "found an empty list")]
    [InlineData("{}", "MOE1310", "'messages' must be a list of at least one message, found nothing")]
    [InlineData("""{"messages": "hi"}""", "MOE1310", "found a string")]
    [InlineData("""[{"role": "user"}, "hi"]""", "MOE1310", "message 1 must be an object, found a string")]
    [InlineData("""[{"content": "hi"}]""", "MOE1310", "'role' of message 0 must be a string, found nothing")]
    [InlineData("""{"messages": [{"role": "user"}], "tools": {}}""", "MOE1310", "'tools' must be a list, found an object")]
    public void BadMessages_AreRefusedWithTheirPlace(string text, string id, string what)
    {
        var path = Write("messages.json", text);
        var error = Assert.Throws<UserError>(() => ChatMessages.Load(path));
        Assert.Equal(id, error.Id);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingMessagesFile_IsRefused() =>
        Assert.Equal("MOE1306", Assert.Throws<UserError>(() => ChatMessages.Load(Path.Combine(folder, "none.json"))).Id);
}
