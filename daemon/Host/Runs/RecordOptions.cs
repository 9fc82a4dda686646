using System.CommandLine;
using System.Globalization;
using MoeDevtools.Capture;
using MoeDevtools.Debugging;
using MoeDevtools.Host.Verbs;
using MoeDevtools.Messages;
using MoeDevtools.Routing;
using MoeDevtools.Traces;

namespace MoeDevtools.Host.Runs;

/// <summary>The options with which <c>run</c> and <c>debug</c> record what they see.</summary>
internal sealed class RecordOptions
{
    private readonly Option<string?> _record = new("--record") { HelpName = "FILE", Help = $"record routing into a .moetrace file" };
    private readonly Option<string?> _columns = new("--record-columns") { HelpName = "LIST", Help = $"columns to record, \"router_logits,...\" (all)" };
    private readonly Option<string[]> _routers = new("--record-routers")
    {
        HelpName = "GLOB", Help = $"record only these routers", Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<bool> _half = new("--half") { Help = $"record reals as float16, half the size" };
    private readonly Option<string?> _maxSize = new("--max-size") { HelpName = "SIZE", Help = $"oldest steps go when it is larger, \"500M\"" };
    private readonly Option<string?> _maxAge = new("--max-age") { HelpName = "AGE", Help = $"steps go when they are older, \"90m\", \"7d\"" };

    /// <summary>Adds all of them to a verb.</summary>
    public void AddTo(Verb verb)
    {
        foreach (var option in new Option[] { _record, _columns, _routers, _half, _maxSize, _maxAge }) verb.Add(option);
    }

    /// <summary>The recording that is asked for; null = none is.</summary>
    /// <exception cref="UserError">A value that means nothing, options without <c>--record</c>, or a recording that is to be recorded.</exception>
    public Recording? Read(VerbContext context, IRoutingSource source)
    {
        var recording = Read(context);
        return recording is null || source.Recording is null ? recording
            : throw new UserError("MOE9153", $"{source.Name} is a recording already.", $"Leave --record away; trace compact and trace export write it anew.");
    }

    /// <summary>The same of what is not opened yet.</summary>
    /// <exception cref="UserError">A value that means nothing, or options without <c>--record</c>.</exception>
    public Recording? Read(VerbContext context) => Options(context) is { } options ? Recording.Into(context.Get(_record)!, options) : null;

    /// <summary>What to keep; null without <c>--record</c>.</summary>
    private TraceOptions? Options(VerbContext context)
    {
        if (!context.Has(_record))
        {
            var idle = new Option[] { _columns, _routers, _half, _maxSize, _maxAge }.FirstOrDefault(context.Has);
            return idle is null ? null : throw new UserError("MOE9150", $"{idle.Name} says how to record, and nothing is recorded.", $"Add --record FILE, or leave {idle.Name} away.");
        }
        return new TraceOptions
        {
            Columns = context.Get(_columns) is { } columns ? ColumnNames.Parse(columns) : RoutingColumns.All,
            Routers = context.Get(_routers) ?? [],
            HalfPrecision = context.Get(_half),
            MaxBytes = context.Get(_maxSize) is { } size ? Size(size) : null,
            MaxAge = context.Get(_maxAge) is { } age ? Age(age) : null,
        };
    }

    /// <summary>Powers of 1000: <c>500M</c>, <c>2G</c>, <c>1.5GB</c>; <c>Ki</c>, <c>Mi</c>, <c>Gi</c>, <c>Ti</c> are powers of 1024.</summary>
    /// <exception cref="UserError">Not a size, or one in which no trace fits.</exception>
    internal static long Size(string text)
    {
        const long Least = 4 << 20;
        var (number, unit) = Split(text);
        double factor = unit.TrimEnd('B', 'b').ToUpperInvariant() switch
        {
            "" => 1, "K" => 1e3, "M" => 1e6, "G" => 1e9, "T" => 1e12, "KI" => 1L << 10, "MI" => 1L << 20, "GI" => 1L << 30, "TI" => 1L << 40, _ => double.NaN,
        };
        var bytes = number * factor;
        if (double.IsNaN(bytes) || bytes < Least || bytes > 1L << 62)
            throw new UserError("MOE9151", $"--max-size {text} is no size that a recording can have.", $"Use at least 4Mi, with a unit: 500M, 2G, 1.5Gi.");
        return (long)bytes;
    }

    /// <summary><c>90s</c>, <c>30m</c>, <c>12h</c>, <c>7d</c>.</summary>
    /// <exception cref="UserError"/>
    internal static TimeSpan Age(string text)
    {
        var (number, unit) = Split(text);
        double seconds = unit switch { "s" => 1, "m" => 60, "h" => 3600, "d" => 86400, _ => double.NaN };
        seconds *= number;
        if (double.IsNaN(seconds) || seconds <= 0 || seconds > TimeSpan.MaxValue.TotalSeconds / 2)
            throw new UserError("MOE9152", $"--max-age {text} is no age.", $"Use a number above 0 and a unit: 90s, 30m, 12h, 7d.");
        return TimeSpan.FromSeconds(seconds);
    }

    /// <summary>A number and the letters after it; NaN = there is no number.</summary>
    private static (double Number, string Unit) Split(string text)
    {
        var digits = text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        return (double.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : double.NaN, text[digits..]);
    }
}
