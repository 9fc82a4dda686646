namespace MoeDevtools.Tests.House;

public sealed class ErrorCatalogueTests
{
    private const string PagePath = "docs/errors.md";

    [Fact]
    public void Id_BelongsToOnePlace() =>
        Findings.None(from place in ErrorCatalogue.Places()
                     group place.Place by place.Id into places
                     where places.Count() > 1
                     select $"{places.Key} is thrown at {string.Join(" and ", places)}");

    [Fact]
    public void Id_BelongsToAGroup() =>
        Findings.None(from place in ErrorCatalogue.Places() where ErrorCatalogue.TitleOf(place.Id) is null select $"{place.Id} at {place.Place}");

    [Fact]
    public void Page_ListsTheErrorsOfTheSources()
    {
        var page = ErrorCatalogue.Page(ErrorCatalogue.Places());
        if (Environment.GetEnvironmentVariable("MOE_WRITE_DOCS") == "1")
            File.WriteAllText(Path.Combine(Repository.Root, PagePath), page);

        Assert.True(page == Repository.Read(PagePath), $"{PagePath} is not what the sources say; to rewrite it: MOE_WRITE_DOCS=1 ./test dotnet");
    }

    [Theory]
    [InlineData("""throw new UserError("MOE1203", $"{file}: {path} is missing.", $"Download it.");""", "{file}: {path} is missing.", "Download it.")]
    [InlineData("""=> new("MOE3001", column, end - start, $"\"{Shown.Text(shown)}\" at {_at:u}.", $"Write {a + 1} or {{x}}.")""",
        "\"{shown}\" at {at}.", "Write {…} or {x}.")]
    [InlineData("""Fail("MOE3002", $"{Join(", ", names.Select(n => $"'{n}'"))}: no.", help, cause)""", "{…}: no.", null)]
    [InlineData("""Fail("MOE3004", $"{value.ToString(CultureInfo.InvariantCulture)} is no {Kind(x, y)}.")""", "{value} is no {…}.", null)]
    [InlineData("""Fail("MOE3003", $@"a ""b"" \{v.ToString(C.I)}", $"c", ')', "d")""", "a \"b\" \\{v}", "c")]
    [InlineData("private const string Defect = \"MOE9001\";", null, null)]
    public void Sentences_AreReadFromTheCall(string source, string? facts, string? advice)
    {
        var place = Assert.Single(ErrorCatalogue.PlacesIn("a.cs", source));

        Assert.Equal((facts, advice), (place.Facts, place.Advice));
    }

    [Theory]
    [InlineData("if (error.Id == \"MOE1203\")")]
    [InlineData("// \"MOE1203\", $\"as it was\"")]
    public void ComparisonOrComment_OwnsNothing(string source) => Assert.Empty(ErrorCatalogue.PlacesIn("a.cs", source));
}
