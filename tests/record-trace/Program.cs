using MoeDevtools.Capture;
using MoeDevtools.RecordTrace;
using MoeDevtools.Traces;

// RecordTrace MODEL OUT PROMPT TOKENS [--forever]: runs a model and records every router. With --forever it runs again and again, and prints a line "committed N" each time
// that N batches are in the file, until it is killed.
var (folder, path, prompt, tokens) = (args[0], args[1], args[2], int.Parse(args[3], System.Globalization.CultureInfo.InvariantCulture));
using var session = ModelSession.Open(folder);
var input = session.FromText(prompt) with { Id = "prompt", Label = "test" };
var info = new TraceInfo { Writer = "RecordTrace", Kind = TraceKind.Checkpoint, Created = DateTimeOffset.UtcNow, Source = folder, ModelType = session.Checkpoint.Config.ModelType };
using var writer = TraceWriter.Create(path, info, session.Routers, new TraceOptions());
writer.Add(new TraceSequence(0, input.Id, input.Label, [.. input.Ids]));
var recorder = new Recorder(writer);
do
{
    session.Run(new RunRequest { Sequences = [input], MaxNewTokens = tokens }, recorder, recorder, CancellationToken.None);
    if (!args.Contains("--forever")) break;
    writer.Flush();
    Console.WriteLine($"committed {recorder.Batches}");
    recorder.FirstStep += tokens;
}
while (true);
writer.Close();
