using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Messages;

public sealed class UserErrorTests
{
    [Fact]
    public void Message_HoldsIdFactsAndAdvice()
    {
        var error = new UserError("MOE0001", $"{"a.safetensors"}: the header has {12} bytes.", $"Download it again.");

        Assert.Equal("MOE0001: a.safetensors: the header has 12 bytes. Download it again.", error.Message);
        Assert.Equal("{0}: the header has {1} bytes.", error.Facts.Format);
    }
}
