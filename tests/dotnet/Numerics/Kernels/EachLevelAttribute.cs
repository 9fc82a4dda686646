using System.Reflection;
using MoeDevtools.Numerics.Kernels;
using Xunit.Sdk;

namespace MoeDevtools.Tests.Numerics.Kernels;

/// <summary>Runs a <see cref="LevelTheoryAttribute"/> once for every level.</summary>
public sealed class EachLevelAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        Enum.GetValues<SimdLevel>().Select(level => new object[] { level });
}
