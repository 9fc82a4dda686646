using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using MoeDevtools.Host.Terminal;

namespace MoeDevtools.Host.Verbs.Doctor;

internal static class HardwareChecks
{
    public static Check Runtime()
    {
        FormattableString facts = $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription.Split('#')[0].TrimEnd()}, {RuntimeInformation.RuntimeIdentifier}";
        return Environment.Version.Major >= 10
            ? new Check($"runtime", Severity.Ok, facts)
            : new Check($"runtime", Severity.Fail, facts, $"Install the .NET 10 runtime: https://dotnet.microsoft.com/download");
    }

    public static Check Processor()
    {
        (string Name, bool Has)[] sets = RuntimeInformation.ProcessArchitecture is Architecture.Arm64
            ? [("AdvSimd", AdvSimd.Arm64.IsSupported), ("Dp", Dp.IsSupported)]
            : [("AVX-512F", Avx512F.IsSupported), ("AVX-512BW", Avx512BW.IsSupported), ("AVX2", Avx2.IsSupported), ("FMA", Fma.IsSupported), ("F16C", HasF16C())];
        string with = string.Join(" ", sets.Where(set => set.Has).Select(set => set.Name));
        string without = string.Join(" ", sets.Where(set => !set.Has).Select(set => set.Name));
        var (model, cores) = (Model(), Numbers.Count(Environment.ProcessorCount));
        FormattableString facts = with.Length == 0 ? (FormattableString)$"{model}, {cores} cores for this process; has no vector sets; without {without}"
            : without.Length == 0 ? (FormattableString)$"{model}, {cores} cores for this process; has {with}"
            : $"{model}, {cores} cores for this process; has {with}; without {without}";
        bool fast = AdvSimd.Arm64.IsSupported || (Avx2.IsSupported && Fma.IsSupported);
        return fast
            ? new Check($"processor", Severity.Ok, facts)
            : new Check($"processor", Severity.Warn, facts, $"Models run with slow kernels here. In a virtual machine, pass the host's processor through.");
    }

    public static Check Memory()
    {
        // .NET's own limit already honours cgroups; the kernel's numbers say what others have left of the machine.
        var limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var (total, available) = OperatingSystem.IsLinux() ? MemInfo(File.ReadLines("/proc/meminfo")) : (limit, limit);
        long usable = Math.Min(available, limit);
        if (ContainerLeft() is { } left)
        {
            usable = Math.Min(usable, left);
        }

        FormattableString facts = limit < total ? (FormattableString)$"{Numbers.Memory(usable)} available of {Numbers.Memory(total)}, limited to {Numbers.Memory(limit)} for this process"
            : $"{Numbers.Memory(usable)} available of {Numbers.Memory(total)}";
        return usable >= 1L << 30
            ? new Check($"memory", Severity.Ok, facts)
            : new Check($"memory", Severity.Warn, facts, $"Weights are mapped, not copied, but a model that does not fit in memory runs at the speed of the disk.");
    }

    /// <summary>MemTotal and MemAvailable in bytes.</summary>
    internal static (long Total, long Available) MemInfo(IEnumerable<string> lines)
    {
        long total = 0, available = 0;
        foreach (string line in lines)
        {
            string[] parts = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (parts is ["MemTotal:", var all, ..])
            {
                total = long.Parse(all, System.Globalization.CultureInfo.InvariantCulture) * 1024;
            }
            else if (parts is ["MemAvailable:", var free, ..])
            {
                available = long.Parse(free, System.Globalization.CultureInfo.InvariantCulture) * 1024;
            }
        }

        return (total, available);
    }

    /// <summary>Bytes that a version 2 cgroup still grants; null where there is no limit.</summary>
    private static long? ContainerLeft()
    {
        try
        {
            return long.TryParse(File.ReadAllText("/sys/fs/cgroup/memory.max"), out long max)
                && long.TryParse(File.ReadAllText("/sys/fs/cgroup/memory.current"), out long current) ? Math.Max(0, max - current) : null;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return null; // no cgroup of version 2, or not Linux
        }
    }

    private static bool HasF16C()
    {
        const int F16C = 1 << 29; // CPUID.1:ECX
        return X86Base.IsSupported && Avx.IsSupported && (X86Base.CpuId(1, 0).Ecx & F16C) != 0;
    }

    private static string Model()
    {
        if (OperatingSystem.IsLinux())
        {
            string? line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
            if (line is not null)
            {
                return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
            }
        }

        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
