namespace MoeDevtools.Servers.Dap.Protocol;

internal sealed record Source(string Name, string Path);

internal sealed record SourceBody(string Content, string MimeType);

internal sealed record SourcesBody(IReadOnlyList<Source> Sources);

internal sealed record Module(string Id, string Name, string Path, bool IsUserCode);

internal sealed record ModulesBody(IReadOnlyList<Module> Modules, int TotalModules);
