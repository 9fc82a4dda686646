using System.Text.Json;
using System.Xml.Linq;

namespace MoeDevtools.Tests.House;

public sealed class ThirdPartyTests
{
    [Fact]
    public void EveryPackage_IsListedWithItsLicence()
    {
        var page = Repository.Read("THIRD-PARTY.md");
        var nuget = XDocument.Parse(Repository.Read("Directory.Packages.props")).Descendants("PackageVersion")
            .Select(package => package.Attribute("Include")!.Value);
        var npm = new[] { "package.json", "tests/node/package.json", "tests/dap/package.json", "tests/vscode/package.json", "bench/peers/package.json" }.SelectMany(Packages);

        Findings.None(nuget.Concat(npm).Where(package => !page.Contains(package, StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Packages(string manifest)
    {
        using var json = JsonDocument.Parse(Repository.Read(manifest));
        return [.. json.RootElement.EnumerateObject().Where(part => part.Name.EndsWith("ependencies", StringComparison.Ordinal))
            .SelectMany(part => part.Value.EnumerateObject()).Select(package => package.Name)];
    }
}
