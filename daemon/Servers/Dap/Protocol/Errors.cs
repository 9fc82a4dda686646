namespace MoeDevtools.Servers.Dap.Protocol;

internal sealed record Message(int Id, string Format, bool ShowUser);

internal sealed record ErrorBody(Message Error);
