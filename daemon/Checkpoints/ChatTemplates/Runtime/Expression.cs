namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>A parsed expression. Values are null (None), bool, long, BigInteger, double, string, List (list), object[] (tuple), and those of Values.</summary>
internal delegate object? Expression(Run run);
