using System.Runtime.CompilerServices;
using System.Text.Json;
using MoeDevtools.Checkpoints.ChatTemplates;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Checkpoints.ChatTemplates;

/// <summary>tests/fixtures/chat-templates, and shorthands for rendering.</summary>
internal static class TemplateFixtures
{
    public static readonly JsonElement NoMessages = Json("[]");

    public static string Folder { get; } = Path.GetFullPath(Path.Combine(Here(), "../../../fixtures/chat-templates"));

    public static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    public static JsonElement Read(string file) => Json(File.ReadAllText(Path.Combine(Folder, file)));

    public static string Render(string template, string variables = "{}") =>
        ChatTemplate.Parse(template, "test").Render(NoMessages, variables: Variables(Json(variables)));

    public static IReadOnlyDictionary<string, JsonElement> Variables(JsonElement element) =>
        element.EnumerateObject().ToDictionary(property => property.Name, property => property.Value);

    /// <summary>The error that rendering, or parsing already, ends with.</summary>
    public static UserError Refusal(string template, string variables = "{}") =>
        Assert.Throws<UserError>(() => Render(template, variables));

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
