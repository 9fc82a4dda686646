using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MoeDevtools.Numerics.Kernels;

namespace MoeDevtools.Bench.Measuring;

/// <summary>Prints the figures: a table for people, or a JSON line each. The machine is named on stderr when stdout is JSON.</summary>
internal sealed class Report(bool json)
{
    private const string Columns = "{0,-52} {1,10} {2,-9} {3,-21} {4,-34} {5,10} {6,-21} {7,6} {8,6}  {9}";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TextWriter _aside = json ? Console.Error : Console.Out;

    public void WriteMachine()
    {
        var cpu = $"{CpuName()}, {Environment.ProcessorCount} processors, {SimdLevels.Best.Name()}";
        _aside.WriteLine($"{cpu}, .NET {Environment.Version}, load {Load()} at the start");
        if (!json) Console.WriteLine(Columns, "", "median", "", "(min-max)", "against", "median", "(min-max)", "ratio", "best", "aim");
    }

    public void WriteEnd() =>
        _aside.WriteLine($"load {Load()} at the end; ratio of medians and of the best rounds: above 1 = better than what it stands against");

    public void Write(Figure figure)
    {
        if (json)
        {
            Console.WriteLine(new JsonObject
            {
                ["name"] = figure.Name,
                ["value"] = Rounded(figure.Value.Median),
                ["unit"] = figure.Unit,
                ["against"] = figure.Against,
                ["against_value"] = figure.AgainstValue is { } against ? Rounded(against.Median) : null,
                ["ratio"] = figure.Ratio is { } ratio ? Rounded(ratio) : null,
                ["aim"] = figure.Aim,
            }.ToJsonString(Plain));
            return;
        }
        Console.WriteLine(
            Columns, figure.Name, Shown(figure.Value.Median), figure.Unit, Noise(figure.Value), figure.Against,
            figure.AgainstValue is null ? "-" : Shown(figure.AgainstValue.Median),
            figure.AgainstValue is null ? "" : Noise(figure.AgainstValue), Shown(figure.Ratio), Shown(figure.RatioOfBest), figure.Aim);
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
