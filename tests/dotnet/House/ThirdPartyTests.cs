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
        using var manifest = JsonDocument.Parse(Repository.Read("tests/node/package.json"));
        var npm = manifest.RootElement.GetProperty("devDependencies").EnumerateObject().Select(package => package.Name);

        Findings.None(nuget.Concat(npm).Where(package => !page.Contains(package, StringComparison.Ordinal)));
    }
}
