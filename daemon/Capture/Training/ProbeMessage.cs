using System.Text.Json;
using MoeDevtools.Wire;

namespace MoeDevtools.Capture.Training;

/// <summary>Something that a probe said, or that happened to its connection. In the order of the connection.</summary>
/// <param name="From">The rank.</param>
/// <param name="Method">The method of a request or notification, the <c>type</c> of a binary message, or <see cref="Gone"/>.</param>
internal sealed record ProbeMessage(ProbeConnection From, string Method)
{
    /// <summary>The connection has ended, after everything that it sent.</summary>
    public const string Gone = "gone";

    /// <summary>Parameters of a request or notification.</summary>
    public ProbeJson Parameters { get; init; }

    /// <summary>To be answered; null = nothing is.</summary>
    public JsonElement? Request { get; init; }

    /// <summary>Null = it is JSON.</summary>
    public BinaryMessage? Binary { get; init; }
}
