namespace MoeDevtools.Tests.Checkpoints.ChatTemplates;

/// <summary>A hostile template ends with a clear error: it neither hangs nor takes the memory nor the stack.</summary>
public sealed class LimitTests
{
    public static TheoryData<string> Hostile() =>
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(s='a') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(s=[]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
        "{% set ns = namespace(s=[]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s|tojson }}",
        "{% set ns = namespace(s=[], t=[]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.s == ns.t }}",
        "{% set ns = namespace(s=[]) %}{% for i in range(5000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}",
        "{{ 'a' * 9999999999 }}",
        "{{ [1] * 9999999999 }}",
        "{{ 'a'.center(9999999999) }}",
        "{{ ('a' * 3000000).replace('a', 'b' * 3000000) }}",
        "{% set s = 'a' * 1000000 %}{% set t = 'a' * 500000 + 'b' %}{{ t in s }}",
        "{% for i in range(9999) %}{{ 'a' * 3000 }}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% set ns = namespace(g=[1]) %}{% for i in range(90000) %}{% set ns.g = ns.g|map('string') %}{% endfor %}{{ ns.g|list }}",
        "{{ " + new string('(', 5000) + "1" + new string(')', 5000) + " }}",
        "{{ " + string.Concat(Enumerable.Repeat("not ", 5000)) + "1 }}",
        "{{ " + new string('-', 5000) + "1 }}",
        string.Concat(Enumerable.Repeat("{% if 1 %}", 5000)) + string.Concat(Enumerable.Repeat("{% endif %}", 5000)),
        "{{ " + string.Concat(Enumerable.Repeat("1 + ", 200_000)) + "1 }}",
        "{{ x" + string.Concat(Enumerable.Repeat("|default(x)", 200_000)) + " }}",
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void HostileTemplate_EndsWithALimit(string template) => Assert.Equal("MOE1305", TemplateFixtures.Refusal(template).Id);

    [Fact]
    public void LongConversation_StaysWellWithinTheLimits()
    {
        var template = File.ReadAllText(Path.Combine(TemplateFixtures.Folder, "qwen-moe.jinja"));
        var text = new string('x', 1000);
        var messages = TemplateFixtures.Json($"[{string.Join(',', Enumerable.Repeat($$"""{"role": "user", "content": "{{text}}"}""", 4000))}]");
        var rendered = MoeDevtools.Checkpoints.ChatTemplates.ChatTemplate.Parse(template, "long").Render(messages);
        Assert.True(rendered.Length > 4_000_000);
    }
}
