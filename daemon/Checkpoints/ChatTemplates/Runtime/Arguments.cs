using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>Arguments in the order of the parameters, read with the type that the callee wants.</summary>
internal readonly struct Arguments(Run run, string name, string[] parameters, object?[] values)
{
    public static readonly object Missing = new();

    public object? this[int index] => values[index];

    public bool Has(int index) => values[index] != Missing;

    public object? Or(int index, object? fallback) => Has(index) ? values[index] : fallback;

    public bool Flag(int index, bool fallback) => Has(index) ? Operators.Truth(values[index]) : fallback;

    /// <summary>Null stands for an argument that is absent or None.</summary>
    public string? TextOrNull(int index) => values[index] switch
    {
        string text => text,
        null => null,
        var other when other == Missing => null,
        var other => throw Wrong(index, "str", other),
    };

    public string Text(int index) => TextOrNull(index) ?? throw Wrong(index, "str", null);

    public long Int(int index, long fallback) => Has(index) ? Int(index) : fallback;

    public long? IntOrNull(int index) => Has(index) && values[index] is not null ? Int(index) : null;

    public long Int(int index) => values[index] switch
    {
        long or bool => Numbers.ToLong(values[index]!),
        var other => throw Wrong(index, "int", other),
    };

    private Messages.UserError Wrong(int index, string wanted, object? got) => run.Fail(
        got is Undefined missing
            ? missing.Reason
            : $"{name}: argument '{parameters[index].TrimEnd('?')}' must be {wanted}, not {Types.Name(got)}");
}
