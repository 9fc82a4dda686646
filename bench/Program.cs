using System.Runtime.InteropServices;
using MoeDevtools.Bench;
using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Models;

if (args is [MemoryProbe.Argument, var folder])
{
    MemoryProbe.Run(folder);
    return 0;
}

string[] options = ["--json", "--markdown", "--quick"];
var unknown = args.FirstOrDefault(a => a.StartsWith('-') && !options.Contains(a));
var names = args.Where(a => !a.StartsWith('-')).ToList();
var chosen = Catalogue.All.Where(b => names.Contains(b.Name) || names.Contains("all")).ToList();
if (unknown is not null || names.Count != 1 || chosen.Count == 0)
{
    Console.Error.WriteLine("usage: bench/run NAME [--json | --markdown] [--quick]");
    foreach (var benchmark in Catalogue.All) Console.Error.WriteLine($"  {benchmark.Name,-12} {benchmark.About}");
    Console.Error.WriteLine("  all          every one of them");
    Console.Error.WriteLine("  --quick      a model of 0.3 GB instead of 3.8 GB: to try things, not for figures");
    return 2;
}

using var cancel = new CancellationTokenSource();
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    cancel.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
var report = new Report(
    args.Contains("--json") ? ReportFormat.Json : args.Contains("--markdown") ? ReportFormat.Markdown : ReportFormat.Table);
report.WriteMachine();
try
{
    using var context = new BenchContext(args.Contains("--quick") ? ModelShape.Quick : ModelShape.Olmoe, report, cancel.Token);
    foreach (var benchmark in chosen) benchmark.Run(context);
}
catch (Exception) when (cancel.IsCancellationRequested)
{
    return 130;
}
catch (Exception error)    // caught, so that the context is disposed: it holds gigabytes of files, and processes
{
    Console.Error.WriteLine(error);
    return 1;
}
report.WriteEnd();
return 0;
