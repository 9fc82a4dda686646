using MoeDevtools.Host.Runs;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Host;

public sealed class RecordOptionsTests
{
    [Theory]
    [InlineData("500M", 500_000_000)]
    [InlineData("1.5GB", 1_500_000_000)]
    [InlineData("2Gi", 2L << 30)]
    [InlineData("8388608", 8L << 20)]
    [InlineData("4mi", 4L << 20)]
    public void Size_HasAUnit(string text, long bytes) => Assert.Equal(bytes, RecordOptions.Size(text));

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("1M")]
    [InlineData("-5G")]
    [InlineData("5 G")]
    [InlineData("5X")]
    [InlineData("1e9G")]
    [InlineData("99999999999T")]
    public void Size_ThatMeansNothing_IsRefused(string text) => Assert.Equal("MOE9151", Assert.Throws<UserError>(() => RecordOptions.Size(text)).Id);

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("1.5m", 90)]
    [InlineData("12h", 43200)]
    [InlineData("7d", 604800)]
    public void Age_HasAUnit(string text, double seconds) => Assert.Equal(seconds, RecordOptions.Age(text).TotalSeconds);

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("0s")]
    [InlineData("7w")]
    [InlineData("-1d")]
    [InlineData("999999999999d")]
    public void Age_ThatMeansNothing_IsRefused(string text) => Assert.Equal("MOE9152", Assert.Throws<UserError>(() => RecordOptions.Age(text)).Id);
}
