namespace MoeDevtools.Capture;

/// <summary>Follows a run, on the compute thread.</summary>
public interface IRunObserver
{
    void OnSequence(int index, SequenceInput input);

    /// <summary>
    /// The logits <c>[vocabulary]</c> that follow <paramref name="position"/>, lent for the length of the call; only where <see cref="RunRequest.Logits"/> asks for them.
    /// </summary>
    void OnLogits(int sequence, int position, ReadOnlySpan<float> logits)
    {
    }

    void OnToken(GeneratedToken token);

    void OnSequenceEnd(SequenceResult result);

    /// <summary>Something that a person should know and that stops nothing.</summary>
    void OnNotice(FormattableString notice)
    {
    }
}
