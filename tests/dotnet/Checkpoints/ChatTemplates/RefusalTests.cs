namespace MoeDevtools.Tests.Checkpoints.ChatTemplates;

public sealed class RefusalTests
{
    [Theory]
    [InlineData("a\n  {% frob %}", "line 2, column 6", "tag 'frob'")]
    [InlineData("{% include 'x' %}", "line 1, column 4", "tag 'include'")]
    [InlineData("{{ 1 | frob }}", "line 1, column 8", "filter 'frob'")]
    [InlineData("{{ [1] | map('frob') | list }}", "line 1, column 14", "filter 'frob'")]
    [InlineData("{{ 1 is frob }}", "line 1, column 9", "test 'frob'")]
    [InlineData("{{ [1] | select('frob') | list }}", "line 1, column 17", "test 'frob'")]
    [InlineData("{{ m|selectattr('a', 'frob') | list }}", "line 1, column 22", "test 'frob'")]
    [InlineData("{% if false %}{{ frob(1) }}{% endif %}", "line 1, column 18", "function 'frob'")]
    [InlineData("{% if false %}{{ 'x'.frob() }}{% endif %}", "line 1, column 22", "method 'frob'")]
    [InlineData("{{ '%q' % 1 }}", "line 1, column 9", "format conversion '%q'")]
    [InlineData("{{ '{:>5}'.format(1) }}", "line 1, column 18", "format field '{:>5}'")]
    [InlineData("{{ strftime_now('%Q') }}", "line 1, column 16", "strftime directive '%Q'")]
    public void UnknownConstruct_IsNamedWithItsPlace(string template, string place, string what)
    {
        var error = TemplateFixtures.Refusal(template);
        Assert.Equal("MOE1302", error.Id);
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{% if frob is defined %}{{ frob(1) }}{% else %}none{% endif %}")]
    [InlineData("{% if x.frob is defined %}{{ x.frob(1) }}{% else %}none{% endif %}")]
    public void UnknownFunction_ThatTheTemplateAsksFor_IsNoError(string template) =>
        Assert.Equal("none", TemplateFixtures.Render(template, """{"x": {}}"""));

    [Theory]
    [InlineData("{{ 1", "line 1, column 1")]
    [InlineData("{# 1", "line 1, column 1")]
    [InlineData("{% raw %} 1", "line 1, column 1")]
    [InlineData("{% if true %}x", "line 1, column 14")]
    [InlineData("\n{% endif %}", "line 2, column 4")]
    [InlineData("{% for %}{% endfor %}", "line 1, column 8")]
    [InlineData("{% for x in y %}{% endif %}", "line 1, column 20")]
    [InlineData("{{ 1 + }}", "line 1, column 8")]
    [InlineData("{{ (1] }}", "line 1, column 6")]
    [InlineData("{{ 'abc }}", "line 1, column 4")]
    [InlineData("{{ '\\x1' }}", "line 1, column 5")]
    [InlineData("{{ a ! b }}", "line 1, column 6")]
    [InlineData("{% break %}", "line 1, column 4")]
    [InlineData("{% set 1 = 2 %}", "line 1, column 8")]
    [InlineData("{% set d['x'] = 2 %}", "line 1, column 9")]
    [InlineData("{{ f(a=1, 2) }}", "line 1, column 11")]
    [InlineData("{% macro m(a=1, b) %}{% endmacro %}", "line 1, column 17")]
    [InlineData("{{ x[] }}", "line 1, column 5")]
    [InlineData("{{ 1 is defined is none }}", "line 1, column 17")]
    public void BrokenSyntax_NamesThePlace(string template, string place)
    {
        var error = TemplateFixtures.Refusal(template);
        Assert.Equal("MOE1301", error.Id);
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\n{{ x.y }}", "line 2, column 6: 'x' is undefined")]
    [InlineData("{{ {}.a.b }}", "'dict object' has no attribute 'a'")]
    [InlineData("{{ none.a.b }}", "None has no attribute 'a'")]
    [InlineData("{{ 1 + 'a' }}", "column 6: unsupported operand types for +: 'int' and 'str'")]
    [InlineData("{{ [].append(1) }}", "list.append would change a value")]
    [InlineData("{{ 1 // 0 }}", "division by zero")]
    [InlineData("{{ range(200000) }}", "a range of more than 100000 numbers")]
    [InlineData("{{ [1]|map('string') }}", "'|list'")]
    [InlineData("{{ 'a'.upper }}", "upper is not called")]
    [InlineData("{{ 'a'.split(1) }}", "split: argument 'sep' must be str, not int")]
    [InlineData("{{ 'a'|indent(widht=1) }}", "indent has no argument 'widht'")]
    [InlineData("{{ {none: 1} }}", "a key of a dict")]
    [InlineData("{{ 2 ** 100000 }}", "too many digits")]
    public void FailingOperation_IsToldInPythonsWords(string template, string what)
    {
        var error = TemplateFixtures.Refusal(template);
        Assert.Equal("MOE1304", error.Id);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RaiseException_BecomesAUserErrorWithTheTemplatesText()
    {
        var error = TemplateFixtures.Refusal("\n{{ raise_exception('Roles must alternate, turn ' ~ 3) }}");
        Assert.Equal("MOE1303", error.Id);
        Assert.Contains("test, line 2, refuses these messages: Roles must alternate, turn 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoneSurrogateInAVariable_IsRefused()
    {
        var error = TemplateFixtures.Refusal("{{ x }}", """{"x": "\ud800"}""");
        Assert.Equal("MOE1304", error.Id);
    }
}
