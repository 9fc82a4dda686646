using System.Globalization;
using MoeDevtools.Messages;
using MoeDevtools.Servers.Dap.Protocol;
using MoeDevtools.Servers.Dap.Variables;

namespace MoeDevtools.Servers.Dap.Requests;

/// <summary>Looking at variables, page by page, and changing them: a change of a variable is a change of routing.</summary>
internal sealed class VariableRequests(Connection connection)
{
    private static readonly PresentationHint ReadOnly = new(["readOnly"]);

    public IEnumerable<(string Command, Action<Request> Handle)> All =>
    [
        ("variables", Variables),
        ("setVariable", SetVariable),
        ("setExpression", SetExpression),
        ("readMemory", ReadMemory),
    ];

    private void Variables(Request request)
    {
        var sent = request.Arguments;
        var node = connection.Handles.Find(sent.NeedInt("variablesReference"));
        var filter = sent.String("filter");
        if (filter is not (null or "named" or "indexed")) throw new UserError("MOE7043", $"variables: there is no filter \"{filter}\".", $"Use named or indexed.");
        var items = node.Items(filter, sent.Int("start") ?? 0, Math.Max(0, sent.Int("count") ?? 0));
        connection.Outbox.Respond(request, new VariablesBody([.. items.Select(Told)]), DapJson.Default.VariablesBody);
    }

    private Variable Told(VariableItem item) => new(item.Name, item.Value, item.Children is { } children ? connection.Handles.Of(children) : 0)
    {
        Type = connection.Traits.VariableTypes ? item.Type : null,
        PresentationHint = item.Settable ? null : ReadOnly,
        EvaluateName = item.Expression,
        NamedVariables = connection.Traits.VariablePaging && item.Children is not null ? item.Children.Named : null,
        IndexedVariables = connection.Traits.VariablePaging && item.Children is not null ? item.Children.Indexed : null,
        MemoryReference = connection.Traits.MemoryReferences && item.Column is { } column ? MemoryReferences.Of(column, connection.Handles.Stop) : null,
    };

    private void SetVariable(Request request)
    {
        var (name, value) = (request.Arguments.NeedString("name"), request.Arguments.NeedString("value"));
        var node = connection.Handles.Find(request.Arguments.NeedInt("variablesReference"));
        var item = node.Find(name) ?? throw new UserError("MOE7015", $"there is no variable \"{name}\" here.", $"Ask for the variables again.");
        Assign(item.Settable ? item.Expression! : name, value);
        var now = node.Find(name) ?? item;
        connection.Outbox.Respond(request, new SetVariableBody(now.Value)
        {
            Type = connection.Traits.VariableTypes ? now.Type : null,
            VariablesReference = now.Children is { } children ? connection.Handles.Of(children) : 0,
            NamedVariables = connection.Traits.VariablePaging && now.Children is not null ? now.Children.Named : null,
            IndexedVariables = connection.Traits.VariablePaging && now.Children is not null ? now.Children.Indexed : null,
        }, DapJson.Default.SetVariableBody);
        connection.Debuggee!.Entry.NotifyChanged();
    }

    private void SetExpression(Request request)
    {
        var (expression, value) = (request.Arguments.NeedString("expression"), request.Arguments.NeedString("value"));
        if (request.Arguments.Int("frameId") is { } frame) connection.Handles.LevelOf(frame);
        Assign(expression, value);
        var now = connection.NeedLook().Evaluate(expression);
        connection.Outbox.Respond(
            request, new SetVariableBody(Shown.Value(now)) { Type = connection.Traits.VariableTypes ? Shown.Type(now) : null }, DapJson.Default.SetVariableBody);
        connection.Debuggee!.Entry.NotifyChanged();
    }

    private void Assign(string expression, string value)
    {
        connection.Assignments.Set(connection.NeedPresent(), connection.NeedStop(), expression, value);
    }

    private void ReadMemory(Request request)
    {
        var reference = request.Arguments.NeedString("memoryReference");
        var bytes = MemoryReferences.Read(reference, connection.NeedStop(), connection.Handles.Stop);
        var (offset, count) = ((long)(request.Arguments.Int("offset") ?? 0), Math.Max(0, request.Arguments.NeedInt("count")));
        var start = Math.Clamp(offset, 0, bytes.Length);
        var data = offset < 0 ? [] : bytes.AsSpan((int)start, (int)Math.Min(count, bytes.Length - start)).ToArray();
        connection.Outbox.Respond(request, new ReadMemoryBody(string.Create(CultureInfo.InvariantCulture, $"0x{Math.Max(0, offset):X}"))
        {
            Data = data.Length > 0 ? Convert.ToBase64String(data) : null,
            UnreadableBytes = data.Length < count ? count - data.Length : null,
        }, DapJson.Default.ReadMemoryBody);
    }
}
