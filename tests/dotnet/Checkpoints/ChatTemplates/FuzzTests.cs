using System.Text;
using MoeDevtools.Checkpoints.ChatTemplates;
using MoeDevtools.Messages;

namespace MoeDevtools.Tests.Checkpoints.ChatTemplates;

public sealed class FuzzTests
{
    private static readonly string[] Splices =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "'", "\"", "\\", "(", ")", "[", "]", "{", "}", "|", ".", ":", ",", "~", "*", "**", "/", "//", "%",
        " is ", " not ", " in ", " if ", " else ", " and ", " or ", "{% endfor %}", "{% endif %}", "{% else %}", "{% set x = ", "{% for m in messages %}",
        "loop", "none", "true", "0", "-1", "1e999", "9223372036854775807", "'a'", "[]", "{}", "()", "[::-1]", "[1:]", "|list", "|tojson", "|length",
        "|join", "|int", "|map('upper')", "|round(2)", "|sort", ".items()", ".split('')", ".get(1)", "messages", "\u0000", "\ud800", "😀", "\r\n", "\t",
    ];

    [Fact]
    public void MutatedTemplates_RenderOrAreRefused()
    {
        var random = new Random(20251122);
        var sources = Directory.EnumerateFiles(TemplateFixtures.Folder, "*.jinja").Order(StringComparer.Ordinal).Select(File.ReadAllText)
            .Concat(TemplateFixtures.Read("snippets.json").GetProperty("snippets").EnumerateArray().Select(snippet => snippet.GetProperty("template").GetString()!))
            .ToArray();
        var requests = TemplateFixtures.Read("conversations.json").EnumerateObject().Select(conversation => conversation.Value).ToArray();
        var rendered = 0;
        for (var round = 0; round < 6000; round++)
        {
            var source = new StringBuilder(sources[random.Next(sources.Length)]);
            for (var mutation = random.Next(1, 4); mutation > 0; mutation--)
            {
                var at = random.Next(source.Length + 1);
                switch (random.Next(3))
                {
                    case 0:
                        source.Insert(at, Splices[random.Next(Splices.Length)]);
                        break;
                    case 1:
                        source.Remove(at, Math.Min(random.Next(1, 12), source.Length - at));
                        break;
                    default:
                        var from = random.Next(source.Length + 1);
                        var copy = source.ToString(from, Math.Min(random.Next(1, 30), source.Length - from));
                        source.Insert(at, copy);
                        break;
                }
            }

            var request = requests[random.Next(requests.Length)];
            try
            {
                ChatTemplate.Parse(source.ToString(), "fuzz").Render(
                    request.GetProperty("messages"),
                    request.TryGetProperty("tools", out var tools) ? tools : null,
                    variables: TemplateFixtures.Variables(request.GetProperty("variables")));
                rendered++;
            }
            catch (UserError)
            {
                // Refused, as it should be. Anything else fails the test.
            }
            catch (Exception other)
            {
                Assert.Fail($"{other.GetType().Name}: {other.Message} for\n{source}\n{other.StackTrace}");
            }
        }

        Assert.InRange(rendered, 500, 5500);
    }
}
