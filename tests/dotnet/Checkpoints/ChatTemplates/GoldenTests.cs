using System.Text.Json;
using MoeDevtools.Checkpoints.ChatTemplates;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Checkpoints.ChatTemplates;

/// <summary>Against what Jinja2, set up as transformers sets it up, wrote (record.py beside the fixtures).</summary>
public sealed class GoldenTests
{
    public static TheoryData<string> Templates() =>
        [.. Directory.EnumerateFiles(TemplateFixtures.Folder, "*.jinja").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Templates))]
    public void EveryConversation_RendersAsJinja2Does(string name)
    {
        var template = ChatTemplate.Parse(File.ReadAllText(Path.Combine(TemplateFixtures.Folder, name + ".jinja")), name);
        var expected = TemplateFixtures.Read(name + ".json");
        foreach (var conversation in TemplateFixtures.Read("conversations.json").EnumerateObject())
        {
            var golden = expected.GetProperty(conversation.Name);
            var request = conversation.Value;
            string Render() => template.Render(
                request.GetProperty("messages"),
                request.TryGetProperty("tools", out var tools) ? tools : null,
                !request.TryGetProperty("add_generation_prompt", out var prompt) || prompt.GetBoolean(),
                TemplateFixtures.Variables(request.GetProperty("variables")));
            if (golden.ValueKind == JsonValueKind.Null)
            {
                Assert.Throws<UserError>(Render);
            }
            else
            {
                Assert.Equal($"{conversation.Name}: {golden.GetString()}", $"{conversation.Name}: {Render()}");
            }
        }
    }

    [Fact]
    public void EverySnippet_GivesWhatPythonGives()
    {
        var fixture = TemplateFixtures.Read("snippets.json");
        var variables = TemplateFixtures.Variables(fixture.GetProperty("variables"));
        var differing = new List<string>();
        var count = 0;
        foreach (var snippet in fixture.GetProperty("snippets").EnumerateArray())
        {
            count++;
            var source = snippet.GetProperty("template").GetString()!;
            var expected = snippet.GetProperty("text").GetString();
            string? actual;
            try
            {
                actual = ChatTemplate.Parse(source, "snippet").Render(TemplateFixtures.NoMessages, variables: variables);
            }
            catch (UserError)
            {
                actual = null;
            }

            if (actual != expected)
            {
                differing.Add($"{source}\n  expected {expected ?? "an error"}\n  found    {actual ?? "an error"}");
            }
        }

        Assert.True(count > 100, "snippets.json is missing its snippets");
        Assert.Empty(differing);
    }
}
