using MoeDevtools.Host.Terminal;

namespace MoeDevtools.Tests.Host.Terminal;

public sealed class NumbersTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.30000001192, "0.30")]
    [InlineData(0.61, "0.61")]
    [InlineData(0.013, "0.013")]
    [InlineData(0.00417, "0.0042")]
    [InlineData(0.00042, "4.2e-4")]
    [InlineData(0.0999, "0.10")]
    [InlineData(0.9962, "0.996")]
    [InlineData(0.99999, "1.0")]
    [InlineData(1, "1.0")]
    [InlineData(-1.7, "-1.7")]
    [InlineData(9.96, "10.0")]
    [InlineData(12.34, "12.3")]
    [InlineData(1234.4, "1,234")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.NegativeInfinity, "-inf")]
    public void Real_HasTwoOrThreeDigits(double value, string shown) => Assert.Equal(shown, Numbers.Real(value));

    [Theory]
    [InlineData(0, "0x")]
    [InlineData(0.001, "<0.01x")]
    [InlineData(0.04, "0.04x")]
    [InlineData(1, "1.0x")]
    [InlineData(2.44, "2.4x")]
    [InlineData(9.97, "10x")]
    [InlineData(256, "256x")]
    public void Load_IsAgainstFairShare(double value, string shown) => Assert.Equal(shown, Numbers.Load(value));

    [Theory]
    [InlineData(0, "0 %")]
    [InlineData(0.0004, "<0.1 %")]
    [InlineData(0.0312, "3.1 %")]
    [InlineData(0.41, "41 %")]
    [InlineData(0.99999, "99.9 %")]
    [InlineData(1, "100 %")]
    public void Percent_NeverRoundsToNoneOrAll(double value, string shown) => Assert.Equal(shown, Numbers.Percent(value));

    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(0.42, "420 µs")]
    [InlineData(0.99999, "1.0 ms")]
    [InlineData(42, "42 ms")]
    [InlineData(999.7, "1.0 s")]
    [InlineData(1800, "1.8 s")]
    [InlineData(59_960, "1 min 0 s")]
    [InlineData(184_000, "3 min 4 s")]
    [InlineData(3_599_700, "1 h 0 min")]
    [InlineData(7_500_000, "2 h 5 min")]
    public void Duration_PicksItsUnit(double milliseconds, string shown) => Assert.Equal(shown, Numbers.Duration(TimeSpan.FromMilliseconds(milliseconds)));

    [Fact]
    public void Sizes_SayTheirUnit()
    {
        Assert.Equal(["512 B", "4.2 MB", "123 kB", "1.0 MB"], new[] { 512L, 4_200_000, 123_400, 999_900 }.Select(Numbers.Bytes));
        Assert.Equal(["1023 B", "1.0 KiB", "23.4 GiB"], new[] { 1023L, 1024, 25_125_558_682 }.Select(Numbers.Memory));
        Assert.Equal("2,107,520", Numbers.Count(2_107_520));
    }
}
