namespace MoeDevtools.Capture;

/// <summary>Follows a run, on the compute thread.</summary>
public interface IRunObserver
{
    void OnSequence(int index, SequenceInput input);

    void OnToken(GeneratedToken token);

    void OnSequenceEnd(SequenceResult result);
}
