using System.Globalization;

namespace MoeDevtools.Messages;

/// <summary>
/// An error that a person can act on: a stable id (<c>MOE1203</c>), the facts, and what to do next.
/// </summary>
/// <remarks>
/// Both sentences are <see cref="FormattableString"/>s, so that a translation is found by the English format
/// (<c>"{0}: the header has {1} bytes."</c>) and the facts are put into it afterwards. Each id belongs to one place in the source;
/// <c>docs/errors.md</c> lists them all.
/// </remarks>
public class UserError : Exception
{
    public UserError(string id, FormattableString facts, FormattableString whatToDo, Exception? cause = null)
        : base(FormattableString.Invariant($"{id}: {facts.ToString(CultureInfo.InvariantCulture)} {whatToDo.ToString(CultureInfo.InvariantCulture)}"), cause)
    {
        Id = id;
        Facts = facts;
        WhatToDo = whatToDo;
    }

    /// <summary><c>MOE</c> and four digits; the first two name the stage (docs/errors.md).</summary>
    public string Id { get; }

    /// <summary>What was found, with names, positions and values.</summary>
    public FormattableString Facts { get; }

    /// <summary>The next move, one sentence.</summary>
    public FormattableString WhatToDo { get; }
}
