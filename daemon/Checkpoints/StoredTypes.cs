using System.Collections.Frozen;

namespace MoeDevtools.Checkpoints;

public static class StoredTypes
{
    // Enum.TryParse would also take "3" and "U8, I8".
    private static readonly FrozenDictionary<string, StoredType> ByName =
        Enum.GetValues<StoredType>().ToFrozenDictionary(type => type.ToString());

    internal static string AllNames { get; } = string.Join(", ", Enum.GetNames<StoredType>());

    /// <summary>Size of one element in bits; 4 and 6 for the packed types, which have no size in bytes.</summary>
    public static int Bits(this StoredType type) => type switch
    {
        StoredType.F4 => 4,
        StoredType.F6_E2M3 or StoredType.F6_E3M2 => 6,
        StoredType.BOOL or StoredType.U8 or StoredType.I8 or StoredType.F8_E5M2 or StoredType.F8_E4M3 or StoredType.F8_E8M0
            or StoredType.F8_E4M3FNUZ or StoredType.F8_E5M2FNUZ => 8,
        StoredType.I16 or StoredType.U16 or StoredType.F16 or StoredType.BF16 => 16,
        StoredType.I32 or StoredType.U32 or StoredType.F32 => 32,
        StoredType.C64 or StoredType.F64 or StoredType.I64 or StoredType.U64 => 64,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>The word in the file's header.</summary>
    public static string Name(this StoredType type) => type.ToString();

    internal static bool TryParse(string name, out StoredType type) => ByName.TryGetValue(name, out type);
}
