using MoeDevtools.Checkpoints.ChatTemplates;

namespace MoeDevtools.Tests.Checkpoints.ChatTemplates;

public sealed class ClockTests
{
    /// <summary>Expected values are those of Python's strftime for the same instant.</summary>
    [Theory]
    [InlineData("%Y-%m-%d", "2024-02-09")]
    [InlineData("%d %b %Y, %A %B %-d %a", "09 Feb 2024, Friday February 9 Fri")]
    [InlineData("%H:%M:%S %I %p %y %j %e|%-H|%-M", "00:07:05 12 AM 24 040  9|0|7")]
    [InlineData("%U %W %V %G %u %w %% %D %F %T %R", "05 06 06 2024 5 5 % 02/09/24 2024-02-09 00:07:05 00:07")]
    [InlineData("%f %c", "123456 Fri Feb  9 00:07:05 2024")]
    public void StrftimeNow_WritesAsPythonDoes(string format, string expected)
    {
        var template = ChatTemplate.Parse($"{{{{ strftime_now('{format}') }}}}", "clock", new FixedClock());
        Assert.Equal(expected, template.Render(TemplateFixtures.NoMessages));
    }

    private sealed class FixedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new DateTimeOffset(2024, 2, 9, 0, 7, 5, 123, TimeSpan.Zero).AddMicroseconds(456);
    }
}
