using MoeDevtools.Numerics.Kernels;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace MoeDevtools.Tests.Numerics.Kernels;

/// <summary>xunit 2 cannot skip from within a test: the verdict is made when the tests are listed.</summary>
public sealed class LevelTheoryDiscoverer(IMessageSink diagnostics) : TheoryDiscoverer(diagnostics)
{
    protected override IEnumerable<IXunitTestCase> CreateTestCasesForDataRow(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo theoryAttribute, object[] dataRow)
    {
        var level = (SimdLevel)dataRow[0];
        return SimdLevels.IsSupported(level)
            ? base.CreateTestCasesForDataRow(discoveryOptions, testMethod, theoryAttribute, dataRow)
            : CreateTestCasesForSkippedDataRow(
                discoveryOptions, testMethod, theoryAttribute, dataRow, $"This processor has no {level.Name()}, or the runtime's settings switch it off.");
    }
}
