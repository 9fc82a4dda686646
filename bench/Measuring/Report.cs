using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Bench.Measuring;

/// <summary>Prints the figures. The machine is named above a table for people, and on stderr where stdout is for programs.</summary>
internal sealed class Report(ReportFormat format)
{
    private const string Columns = "{0,-52} {1,10} {2,-9} {3,-21} {4,-34} {5,10} {6,-21} {7,6} {8,6}  {9}";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TextWriter _aside = format == ReportFormat.Table ? Console.Out : Console.Error;

    public void WriteMachine()
    {
        var cpu = $"{CpuName()}, {Environment.ProcessorCount} processors, {SimdLevels.Best.Name()}";
        _aside.WriteLine($"{cpu}, .NET {Environment.Version}, load {Load()} at the start");
        if (format == ReportFormat.Table)
            Console.WriteLine(Columns, "", "median", "", "(min-max)", "against", "median", "(min-max)", "ratio", "best", "aim");
        if (format == ReportFormat.Markdown)
            Console.WriteLine("| figure | value | against | ratio | best | aim |\n|---|---|---|---|---|---|");
    }

    public void WriteEnd() =>
        _aside.WriteLine($"load {Load()} at the end; ratio of medians and of the best rounds: above 1 = better than what it stands against");

    /// <summary>A line on stderr, in every format.</summary>
    public static void Note(string text) => Console.Error.WriteLine(text);

    public void Write(Figure figure)
    {
        var (value, against) = (figure.Value, figure.AgainstValue);
        switch (format)
        {
            case ReportFormat.Table:
                Console.WriteLine(
                    Columns, figure.Name, Shown(value.Median), figure.Unit, Noise(value), figure.Against,
                    against is null ? "-" : Shown(against.Median), against is null ? "" : Noise(against),
                    Shown(figure.Ratio), Shown(figure.RatioOfBest), figure.Aim);
                break;
            case ReportFormat.Json:
                Console.WriteLine(new JsonObject
                {
                    ["name"] = figure.Name,
                    ["value"] = Rounded(value.Median),
                    ["unit"] = figure.Unit,
                    ["against"] = figure.Against,
                    ["against_value"] = against is null ? null : Rounded(against.Median),
                    ["ratio"] = figure.Ratio is { } ratio ? Rounded(ratio) : null,
                    ["aim"] = figure.Aim,
                }.ToJsonString(Plain));
                break;
            case ReportFormat.Markdown:
                var peer = against is null ? figure.Against : $"{figure.Against}: {Shown(against.Median)} {Noise(against)}";
                Console.WriteLine(
                    $"| {figure.Name} | {Shown(value.Median)} {figure.Unit} {Noise(value)} | {peer} | "
                    + $"{Shown(figure.Ratio)} | {Shown(figure.RatioOfBest)} | {figure.Aim} |");
                break;
        }
    }

    private static string CpuName()
    {
        const string Cpus = "/proc/cpuinfo", Key = "model name";
        var line = File.Exists(Cpus) ? File.ReadLines(Cpus).FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 2)..] ?? $"{RuntimeInformation.ProcessArchitecture} processor";
    }

    private static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    private static string Shown(double? ratio) => ratio?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-";

    private static string Noise(Series series) => $"({Shown(series.Min)}-{Shown(series.Max)})";

    private static string Shown(double value) => Rounded(value).ToString(CultureInfo.InvariantCulture);

    /// <summary>Four significant digits.</summary>
    private static double Rounded(double value) =>
        double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
