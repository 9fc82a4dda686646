using MoeDevtools.Checkpoints.ChatTemplates.Syntax;
using MoeDevtools.Messages;

namespace MoeDevtools.Checkpoints.ChatTemplates;

/// <summary>What can go wrong inside a template; every one names the template, the line and the column.</summary>
internal static class TemplateErrors
{
    public static UserError Syntax(string template, Position at, string detail) => new(
        "MOE1301",
        $"Chat template {template}, line {at.Line}, column {at.Column}: {detail}.",
        $"Correct the template; its syntax is that of Jinja2 with trim_blocks and lstrip_blocks.");

    /// <param name="kind">tag, filter, test, function or method.</param>
    public static UserError Unknown(string template, Position at, string kind, string name) => new(
        "MOE1302",
        $"Chat template {template}, line {at.Line}, column {at.Column}: there is no {kind} '{name}'.",
        $"Replace it in the template by one that transformers knows too, or give the prompt as text.");

    public static UserError Raised(string template, Position at, string text) => new(
        "MOE1303",
        $"Chat template {template}, line {at.Line}, refuses these messages: {text}",
        $"Change the messages; the sentence is the template's own.");

    public static UserError Evaluation(string template, Position at, string detail, Exception? cause = null) => new(
        "MOE1304",
        $"Chat template {template}, line {at.Line}, column {at.Column}: {detail}.",
        $"Give the messages, tools and variables that the template expects, or correct the template.",
        cause);

    public static UserError Limit(string template, Position at, string detail) => new(
        "MOE1305",
        $"Chat template {template}, line {at.Line}, column {at.Column}: {detail}.",
        $"Shorten the messages, or give the prompt as text if the template needs so much.");
}
