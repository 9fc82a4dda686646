namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>A parsed statement or text: writes to the run's output.</summary>
internal delegate Flow Statement(Run run);
