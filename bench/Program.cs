using System.Runtime.InteropServices;
using MoeDevtools.Bench;
using MoeDevtools.Bench.Measuring;

var json = args.Contains("--json");
var full = args.Contains("--full");
var unknown = args.FirstOrDefault(a => a.StartsWith('-') && a is not ("--json" or "--full"));
var names = args.Where(a => !a.StartsWith('-')).ToList();
var chosen = Catalogue.All.Where(b => names.Contains(b.Name) || names.Contains("all")).ToList();
if (unknown is not null || names.Count != 1 || chosen.Count == 0)
{
    Console.Error.WriteLine("usage: bench/run NAME [--json] [--full]");
    foreach (var benchmark in Catalogue.All) Console.Error.WriteLine($"  {benchmark.Name,-12} {benchmark.About}");
    Console.Error.WriteLine("  all          every one of them");
    Console.Error.WriteLine("  --full       OLMoE-1B-7B's sizes in 4 layers: writes a checkpoint of 4 GB into the temporary folder");
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
var report = new Report(json);
report.WriteMachine();
try
{
    using var context = new BenchContext(full, report, cancel.Token);
    foreach (var benchmark in chosen) benchmark.Run(context);
}
catch (Exception) when (cancel.IsCancellationRequested)
{
    return 130;
}
report.WriteEnd();
return 0;
