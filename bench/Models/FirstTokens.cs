using MoeDevtools.Bench.Measuring;
using MoeDevtools.Bench.Processes;
using MoeDevtools.Capture;

namespace MoeDevtools.Bench.Models;

/// <summary>The engine's logits after some prompts, to prove that a peer computes the same model.</summary>
internal sealed class FirstTokens : IRunObserver
{
    private static readonly int[] Lengths = [1, 8, 16, 24, 32, 64, 128, 512];

    private readonly List<(int[] Prompt, float[] Logits)> _expected = [];

    public static FirstTokens Of(RandomCheckpoint checkpoint, CancellationToken cancelled)
    {
        using var model = ModelSession.Open(checkpoint.Folder);
        var made = new FirstTokens();
        foreach (var length in Lengths)
        {
            var prompt = checkpoint.Prompt(length);
            made._expected.Add((prompt, new float[checkpoint.Model.Vocabulary]));
            model.Run(new RunRequest { Sequences = [new SequenceInput(prompt)], Logits = true }, null, made, cancelled);
        }
        return made;
    }

    /// <param name="deepest">0: the peer must say the same token; 2: one of the three best, for rounding may change their order.</param>
    /// <exception cref="InvalidOperationException">It says something else.</exception>
    public void Check(Engine engine, int deepest)
    {
        var same = 0;
        foreach (var (prompt, logits) in _expected)
        {
            var id = engine.Run(prompt, 1).First;
            var rank = logits.Count(z => !(z <= logits[id]));    // NaN is above all
            if (rank > deepest)
            {
                throw new InvalidOperationException(
                    $"{engine.Name} is no peer: after {prompt.Length} tokens it says {id}, which is number {rank + 1} here; the best is {Array.IndexOf(logits, logits.Max())}");
            }
            if (rank == 0) same++;
        }
        Report.Note($"{engine.Name}: the same first token after {same} of {_expected.Count} prompts");
    }

    public void OnSequence(int index, SequenceInput input)
    {
    }

    public void OnLogits(int sequence, int position, ReadOnlySpan<float> logits) => logits.CopyTo(_expected[^1].Logits);

    public void OnToken(GeneratedToken token)
    {
    }

    public void OnSequenceEnd(SequenceResult result)
    {
    }
}
