using System.Globalization;
using MoeDevtools.MoeTraining;
using MoeDevtools.Probe;

const int Sequences = 16;
const int Length = 16;

var (steps, seed, collapse) = (200, 1, false);
for (var i = 0; i < args.Length; i++)
{
    if (args[i] == "--steps" && i + 1 < args.Length) steps = int.Parse(args[++i], CultureInfo.InvariantCulture);
    else if (args[i] == "--seed" && i + 1 < args.Length) seed = int.Parse(args[++i], CultureInfo.InvariantCulture);
    else if (args[i] == "--collapse") collapse = true;
    else
    {
        Console.Error.WriteLine("usage: moe-training [--steps N] [--seed N] [--collapse]\n  --collapse  the balancing loss has the wrong sign, and counts too much");
        return 2;
    }
}

using var probe = MoeProbe.Connect();
var model = new Model(probe, balance: collapse ? -1 : 0.02f, seed);
var corpus = new Corpus(seed);
var (tokens, following) = (new int[Sequences * Length], new int[Sequences * Length]);
for (var step = 1; step <= steps; step++)
{
    corpus.Sample(Length, tokens, following);
    var loss = model.Pass(tokens, following, Sequences, training: true);
    model.Learn(step, rate: 3e-3f, loss);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {step} loss {loss:R}"));
}
corpus.Sample(Length, tokens, following);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"evaluation loss {model.Pass(tokens, following, Sequences, training: false):R}"));
return 0;
