using System.Text.Json;
using MoeDevtools.Servers.Dap;

namespace MoeDevtools.Tests.House;

/// <summary>What the manifest of the editor extension says of the daemon.</summary>
public sealed class ManifestTests
{
    [Fact]
    public void LaunchAttributes_AreThoseOfTheAdapter()
    {
        using var manifest = JsonDocument.Parse(Repository.Read("package.json"));
        var requests = manifest.RootElement.GetProperty("contributes").GetProperty("debuggers")[0].GetProperty("configurationAttributes");
        var attributes = new[] { "launch", "attach" }.SelectMany(request => requests.GetProperty(request).GetProperty("properties").EnumerateObject()).Select(property => property.Name).Distinct();

        // The token is of a daemon that listens on a port: the extension's own listens on a socket.
        Assert.Equal(LaunchArguments.Ours.Where(name => name != "token").Order(StringComparer.Ordinal), attributes.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Version_IsThatOfTheProgram()
    {
        using var manifest = JsonDocument.Parse(Repository.Read("package.json"));

        Assert.Equal(typeof(LaunchArguments).Assembly.GetName().Version!.ToString(3), manifest.RootElement.GetProperty("version").GetString());
    }
}
