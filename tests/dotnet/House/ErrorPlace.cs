namespace MoeDevtools.Tests.House;

/// <summary>Where the sources own an error id. Sentences are null where a caller hands them in.</summary>
internal sealed record ErrorPlace(string Id, string? Facts, string? Advice, string Place);
