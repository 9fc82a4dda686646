using System.Globalization;
using System.Text.RegularExpressions;
using MoeDevtools.Breakpoints;
using MoeDevtools.Messages;
using MoeDevtools.Routing;

namespace MoeDevtools.Servers.Dap.Breakpoints;

/// <summary>
/// What a data breakpoint watches, as a text that holds in every session of the architecture: <c>model.layers.2.mlp.gate/expert/7/load</c>, <c>.../expert/7/weight</c>,
/// <c>.../entropy</c>. Immutable.
/// </summary>
internal sealed partial record DataPlace(string Router, int? Expert, string Quantity)
{
    private const double DefaultLoad = 2;

    /// <summary>Null where the text is none.</summary>
    public static DataPlace? TryParse(string text)
    {
        var found = Form().Match(text);
        if (!found.Success) return null;
        return found.Groups["expert"].Success
            ? int.TryParse(found.Groups["expert"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var expert)
                ? new DataPlace(found.Groups["router"].Value, expert, found.Groups["quantity"].Value) : null
            : new DataPlace(found.Groups["router"].Value, null, "entropy");
    }

    public override string ToString() => Expert is null ? $"{Router}/{Quantity}" : string.Create(CultureInfo.InvariantCulture, $"{Router}/expert/{Expert}/{Quantity}");

    /// <summary>The value in the condition language.</summary>
    public string Expression => Quantity switch
    {
        "load" => string.Create(CultureInfo.InvariantCulture, $"load({Expert})"),
        "weight" => string.Create(CultureInfo.InvariantCulture, $"weightOf({Expert})"),
        _ => "entropy",
    };

    /// <summary>One line: what it is, and where.</summary>
    public string Describe(IReadOnlyList<RouterInfo> routers)
    {
        var layer = routers.FirstOrDefault(r => r.Name == Router)?.Id.Layer;
        return Expert is null ? $"entropy of {Router}" : string.Create(CultureInfo.InvariantCulture, $"{Quantity} of L{layer}·E{Expert}");
    }

    public IReadOnlyList<string> AccessTypes => Expert is null ? ["write"] : ["read", "write", "readWrite"];

    /// <summary>
    /// <em>read</em>: where the expert is selected. <em>write</em>: where the condition becomes true; it may be a bound, <c>&gt; 3</c>, or a whole condition. Without one a
    /// load crosses twice its fair share, a weight half of all, an entropy 0.3 downwards.
    /// </summary>
    /// <exception cref="UserError"/>
    public IReadOnlyList<BreakpointSpec> Specs(string access, string? condition, string? hits)
    {
        if (!AccessTypes.Contains(access))
            throw new UserError("MOE7023", $"{this} cannot be watched for \"{access}\".", $"Use {string.Join(", ", AccessTypes)}.");
        var bound = string.IsNullOrWhiteSpace(condition) ? null : IsBound().IsMatch(condition) ? $"{Expression} {condition.Trim()}" : condition;
        var spec = new BreakpointSpec { Routers = Router, Hits = hits };
        var specs = new List<BreakpointSpec>();
        if (access != "write") specs.Add(spec with { ReadsExpert = Expert, Mode = BreakpointMode.Decision, Condition = access == "read" ? bound : null });
        if (access != "read") specs.Add(spec with { Crosses = true, Condition = bound ?? Default });
        return specs;
    }

    private string Default => Quantity switch
    {
        "load" => string.Create(CultureInfo.InvariantCulture, $"{Expression} > {DefaultLoad}"),
        "weight" => $"{Expression} > 0.5",
        _ => "entropy < 0.3",
    };

    [GeneratedRegex(@"^(?<router>[^/]+)/(?:expert/(?<expert>\d{1,9})/(?<quantity>load|weight)|entropy)$")]
    private static partial Regex Form();

    [GeneratedRegex(@"^\s*(?:[<>]=?|[!=]=)")]
    private static partial Regex IsBound();
}
