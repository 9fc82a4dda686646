using MoeDevtools.Breakpoints.Conditions;
using MoeDevtools.Servers.Dap.Protocol;
using MoeDevtools.Servers.Dap.Variables;

namespace MoeDevtools.Servers.Dap.Requests;

/// <summary>Expressions, for which nothing runs and nothing changes, and the commands of the debug console, which may change routing.</summary>
internal sealed class EvaluateRequests(Connection connection)
{
    private readonly ReplCommands _commands = new(connection);

    public IEnumerable<(string Command, Action<Request> Handle)> All =>
    [
        ("evaluate", Evaluate),
        ("completions", Complete),
    ];

    private void Evaluate(Request request)
    {
        var text = request.Arguments.NeedString("expression");
        var context = request.Arguments.String("context");
        if (request.Arguments.Int("frameId") is { } frame) connection.Handles.LevelOf(frame);
        if (context == "repl" && _commands.TryRun(text.Trim(), out var told, out var changed))
        {
            connection.Outbox.Respond(request, new EvaluateBody(told, 0), DapJson.Default.EvaluateBody);
            changed?.Invoke();
            return;
        }
        var look = connection.NeedLook();
        if (connection.Debuggee!.Session.Routers.FirstOrDefault(r => r.Name == text || r.Aliases.Contains(text)) is { } router)
        {
            connection.Outbox.Respond(request, new EvaluateBody(ModelScope.Describe(look, router), 0), DapJson.Default.EvaluateBody);
            return;
        }
        try
        {
            connection.Outbox.Respond(request, Told(look, text, whole: context == "clipboard"), DapJson.Default.EvaluateBody);
        }
        catch (ConditionError error) when (context == "repl")
        {
            connection.Outbox.Fail(request, error, text: connection.Outbox.Pointing(error, text));
        }
    }

    private EvaluateBody Told(Look look, string text, bool whole)
    {
        var value = look.Evaluate(text);
        var isVector = value.Kind == ValueKind.Vector;
        return new EvaluateBody(whole ? value.Render("R", int.MaxValue) : Shown.Value(value), isVector ? connection.Handles.Keep(Look.Copy(value)) : 0)
        {
            Type = connection.Traits.VariableTypes ? Shown.Type(value) : null,
            IndexedVariables = isVector && connection.Traits.VariablePaging ? value.Vector.Count : null,
            MemoryReference = isVector && connection.Traits.MemoryReferences ? MemoryReferences.Of(value.Name, connection.Handles.Stop) : null,
        };
    }

    private void Complete(Request request)
    {
        var lines = request.Arguments.NeedString("text").Split('\n');
        var text = lines[Math.Clamp(connection.Traits.FromLine(request.Arguments.Int("line") ?? connection.Traits.FirstLine) - 1, 0, lines.Length - 1)];
        var cursor = Math.Clamp(request.Arguments.NeedInt("column") - connection.Traits.FirstColumn, 0, text.Length);
        var before = text[..cursor];
        var start = cursor;
        while (start > 0 && (char.IsAsciiLetterOrDigit(before[start - 1]) || before[start - 1] == '_')) start--;
        var items = new List<CompletionItem>();
        if (start == 0) items.AddRange(_commands.Words.Where(w => w.Name.StartsWith(before, StringComparison.OrdinalIgnoreCase)).Select(w => Item(w.Name, "keyword", connection.Outbox.Translations.Text(w.Does), start, cursor)));
        var routers = connection.Debuggee?.Session.Routers ?? [];
        items.AddRange(Completions.At(before, cursor, routers).Select(c => Item(c.Text, c.Kind switch { "function" => "function", "operator" => "keyword", "router" or "phase" => "value", _ => "variable" }, c.Detail, start, cursor)));
        connection.Outbox.Respond(request, new CompletionsBody(items), DapJson.Default.CompletionsBody);
    }

    private CompletionItem Item(string text, string type, string detail, int start, int cursor) =>
        new(text, text, type, start + connection.Traits.FirstCompletionColumn, cursor - start) { Detail = detail.Length > 0 ? detail : null };
}
