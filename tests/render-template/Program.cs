// Renders chat templates for tests/node: a JSON request a line on stdin, a JSON answer a line on stdout.
// Request: {template, messages, tools, variables, add_generation_prompt}; answer: {text} or {error}.
using System.Text.Json;
using System.Text.Json.Nodes;
using MoeDevtools.Checkpoints.ChatTemplates;
using MoeDevtools.Messages;

while (await Console.In.ReadLineAsync() is { } line)
{
    var answer = new JsonObject();
    try
    {
        var request = JsonDocument.Parse(line).RootElement;
        var variables = request.TryGetProperty("variables", out var given)
            ? given.EnumerateObject().ToDictionary(variable => variable.Name, variable => variable.Value)
            : null;
        answer["text"] = ChatTemplate.Parse(request.GetProperty("template").GetString()!, "request").Render(
            request.GetProperty("messages"),
            request.TryGetProperty("tools", out var tools) ? tools : null,
            !request.TryGetProperty("add_generation_prompt", out var prompt) || prompt.GetBoolean(),
            variables);
    }
    catch (UserError problem)
    {
        answer["error"] = problem.Message;
    }

    await Console.Out.WriteLineAsync(answer.ToJsonString());
}
