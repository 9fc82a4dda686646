using MoeDevtools.Capture;
using MoeDevtools.Host.Runs;
using MoeDevtools.Host.Terminal;

namespace MoeDevtools.Host.Verbs;

/// <summary><c>generate</c>: continues a prompt, nothing more.</summary>
internal static class GenerateVerb
{
    public static Verb Create()
    {
        var options = new RunOptions();
        var verb = new Verb(
            "generate", $"continues a prompt", context => Run(context, options), json: true,
            examples: [new("moe-devtools generate samples/olmoe-tiny -p \"7 * 3 =\" -n 8", $"Greedy: the same text every time."),
                new("moe-devtools generate MODEL -p \"Once\" --temperature 0.8 --top-p 0.95 --seed 7", $"Sampled, repeatable by its seed.")]);
        options.AddTo(verb);
        return verb;
    }

    private static int Run(VerbContext context, RunOptions options)
    {
        using var session = options.OpenModel(context);
        var request = options.Request(context, session);
        session.Run(request, sink: null, new Printer(context, session.Tokenizer is not null), context.Cancel);
        return ExitCode.Ok;
    }

    /// <summary>Text as it comes, or a JSON line a token.</summary>
    private sealed class Printer(VerbContext context, bool hasText) : IRunObserver
    {
        public void OnSequence(int index, SequenceInput input)
        {
        }

        public void OnToken(GeneratedToken token)
        {
            if (context.Json is { } json) json.Write("token", fields => RunJson.Token(fields, token));
            else if (token.Text is not null) context.Screen.Write(VisibleText.Escape(token.Text, keepLineBreaks: true));
            else if (!hasText) context.Screen.Write(FormattableString.Invariant($"{token.Id} "));
        }

        public void OnSequenceEnd(SequenceResult result)
        {
            if (context.Json is { } json)
            {
                json.Write("sequence", fields => RunJson.Sequence(fields, result));
                return;
            }
            context.Screen.WriteLine();
            var (prefill, decode) = (result.Prefill!.Value, result.Decode!.Value);
            var seconds = decode.TotalSeconds;
            var (prompt, generated) = (Numbers.Count(result.Input.Ids.Count), Numbers.Count(result.GeneratedIds.Count));
            FormattableString text = seconds > 0 && result.GeneratedIds.Count > 0
                ? (FormattableString)$"prompt tokens {prompt} in {Numbers.Duration(prefill)}, generated {generated} in {Numbers.Duration(decode)} ({Numbers.Real(result.GeneratedIds.Count / seconds)} a second), {FinishWords.Of(result.Finish)}"
                : $"prompt tokens {prompt} in {Numbers.Duration(prefill)}, generated {generated} in {Numbers.Duration(decode)}, {FinishWords.Of(result.Finish)}";
            foreach (var line in TextLayout.Wrap(context.Screen.Glyphs.Fold(context.Screen.Text(text)), context.Screen.Width)) context.Screen.WriteErrorLine(new Styled(line, Tone.Dim));
        }
    }
}
