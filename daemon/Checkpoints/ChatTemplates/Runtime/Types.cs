using System.Numerics;
using MoeDevtools.Checkpoints.ChatTemplates.Values;

namespace MoeDevtools.Checkpoints.ChatTemplates.Runtime;

/// <summary>Python's names of the values.</summary>
internal static class Types
{
    public static string Name(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        long or BigInteger => "int",
        double => "float",
        string => "str",
        List<object?> => "list",
        object?[] => "tuple",
        Mapping => "dict",
        View view => view.Kind switch { ViewKind.Keys => "dict_keys", ViewKind.Values => "dict_values", _ => "dict_items" },
        Progression => "range",
        Generator => "generator",
        Undefined => "Undefined",
        Namespace => "Namespace",
        Loop => "LoopContext",
        Function { IsMacro: true } => "Macro",
        _ => "function",
    };
}
