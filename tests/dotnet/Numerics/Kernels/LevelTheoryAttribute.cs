using Xunit.Sdk;

namespace MoeDevtools.Tests.Numerics.Kernels;

/// <summary>
/// A theory whose first argument is a level; skipped, with the reason, where the processor lacks the level's instructions.
/// </summary>
[XunitTestCaseDiscoverer("MoeDevtools.Tests.Numerics.Kernels.LevelTheoryDiscoverer", "MoeDevtools.Tests")]
[AttributeUsage(AttributeTargets.Method)]
public sealed class LevelTheoryAttribute : TheoryAttribute;
