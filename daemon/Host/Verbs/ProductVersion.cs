using System.Reflection;

namespace MoeDevtools.Host.Verbs;

internal static class ProductVersion
{
    public const string Program = "moe-devtools";

    /// <summary>As in the build, without the commit that the SDK appends: <c>0.1.0</c>.</summary>
    public static string Number { get; } =
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static string Line => $"{Program} {Number}";
}
