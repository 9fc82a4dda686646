using System.Text.Json;
using MoeDevtools.Checkpoints.ChatTemplates.Library;
using MoeDevtools.Checkpoints.ChatTemplates.Runtime;
using MoeDevtools.Checkpoints.ChatTemplates.Syntax;

namespace MoeDevtools.Checkpoints.ChatTemplates;

/// <summary>How an instruct checkpoint writes a conversation as one prompt: a Jinja template, read as transformers reads it.</summary>
/// <remarks>Immutable; any thread may render. A template is data from anywhere: it can call nothing outside, and time, memory and output are bounded.</remarks>
public sealed class ChatTemplate
{
    private readonly string name;
    private readonly Statement body;
    private readonly TimeProvider clock;

    private ChatTemplate(string name, Statement body, TimeProvider clock)
    {
        this.name = name;
        this.body = body;
        this.clock = clock;
    }

    /// <summary>The checkpoint's special tokens by their names (<c>bos_token</c>), which its template can print.</summary>
    private IReadOnlyDictionary<string, JsonElement> SpecialTokens { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>What takes this one's place when tools are given: the checkpoint's <c>tool_use</c> template. Null when it has none.</summary>
    private ChatTemplate? WithTools { get; init; }

    /// <summary>The model's template: <c>chat_template.jinja</c>, else that of <c>tokenizer_config.json</c>, else <c>chat_template.json</c>.</summary>
    /// <param name="name">Of one of several templates; null for <c>default</c>, which gives way to <c>tool_use</c> when tools are rendered.</param>
    /// <returns>Null when the model has no template at all.</returns>
    public static ChatTemplate? Find(string modelFolder, string? name = null) => TemplateFiles.Find(modelFolder, name);

    /// <param name="nameForErrors">What messages call the template: its file, perhaps a name within it.</param>
    public static ChatTemplate Parse(string source, string nameForErrors) => Parse(source, nameForErrors, TimeProvider.System);

    /// <param name="clock">What <c>strftime_now</c> reads.</param>
    internal static ChatTemplate Parse(string source, string nameForErrors, TimeProvider clock) =>
        new(nameForErrors, Parser.Parse(nameForErrors, source), clock);

    /// <summary>The same template with a checkpoint's special tokens, and with the template that is used when tools are given.</summary>
    internal ChatTemplate With(IReadOnlyDictionary<string, JsonElement> specialTokens, ChatTemplate? withTools) =>
        new(name, body, clock) { SpecialTokens = specialTokens, WithTools = withTools };

    /// <param name="messages">An array of objects, as a rule with <c>role</c> and <c>content</c>.</param>
    /// <param name="tools">An array of tool descriptions; None in the template when absent.</param>
    /// <param name="variables">Further names for the template; they win over special tokens and over the other arguments.</param>
    public string Render(
        JsonElement messages,
        JsonElement? tools = null,
        bool addGenerationPrompt = true,
        IReadOnlyDictionary<string, JsonElement>? variables = null)
    {
        if (WithTools is not null && tools is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) })
        {
            return WithTools.Render(messages, tools, addGenerationPrompt, variables);
        }

        var scope = new Scope(null);
        var run = new Run(name, scope, clock);
        foreach (var (function, value) in Globals.All)
        {
            scope.Set(function, value);
        }

        var values = new JsonValues(run);
        foreach (var (token, value) in SpecialTokens)
        {
            scope.Set(token, values.Read(value));
        }

        scope.Set("messages", values.Read(messages));
        scope.Set("tools", tools is { } given ? values.Read(given) : null);
        scope.Set("documents", null);
        scope.Set("add_generation_prompt", addGenerationPrompt);
        foreach (var (variable, value) in variables ?? new Dictionary<string, JsonElement>())
        {
            scope.Set(variable, values.Read(value));
        }

        run.Scope = new Scope(scope);
        body(run);
        return run.Output;
    }
}
