using System.Globalization;
using MoeDevtools.Messages;

namespace MoeDevtools.Host.Debugger;

/// <summary>Reads the arguments of console commands.</summary>
internal static class Arguments
{
    /// <exception cref="UserError">Not a number.</exception>
    public static int Integer(string text, string usage) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
        : throw new UserError("MOE9204", $"\"{text}\" is not a number.", $"Usage: {usage}.");

    /// <summary>A number and what follows it.</summary>
    /// <exception cref="UserError">It does not begin with a number.</exception>
    public static (int Number, string After) NumberAndRest(string text, string usage)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? (Integer(text, usage), "") : (Integer(text[..space], usage), text[(space + 1)..].Trim());
    }
}
