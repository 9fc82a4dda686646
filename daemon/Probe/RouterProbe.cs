using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using MoeDevtools.Wire;

namespace MoeDevtools.Probe;

/// <summary>One router of the program. For the thread that trains. Made by <see cref="MoeProbe.Router"/>.</summary>
public sealed class RouterProbe
{
    private readonly MoeProbe _probe;
    private readonly RouterRule? _rule;
    private readonly bool _takesEmptySlots;
    private readonly IReadOnlyList<string> _aliases;
    private readonly List<CallSite> _sites = [];
    private readonly SortedSet<string> _observed = new(StringComparer.Ordinal);
    private CallSite? _site;
    private bool _changes;

    internal RouterProbe(MoeProbe probe, int index, string name, int experts, int k, RouterRule? rule, bool takesEmptySlots, IReadOnlyList<string> aliases) =>
        (_probe, Index, Name, Experts, K, _rule, _takesEmptySlots, _aliases) = (probe, index, name, experts, k, rule, takesEmptySlots, aliases);

    public string Name { get; }

    /// <summary>N.</summary>
    public int Experts { get; }

    public int K { get; }

    internal int Index { get; }

    /// <summary>What <see cref="ObserveWeight"/> said since the last step.</summary>
    internal (string Checksum, bool HasGradient)? Weight { get; set; }

    /// <summary>
    /// Hands over what the router has decided, before the experts run. The line that calls it is where a breakpoint of an editor binds. Copies what somebody wants to see, and waits only where the debugger
    /// holds this router. In a recomputation of the forward pass it is not called: take what was used before.
    /// </summary>
    /// <typeparam name="T">How the program numbers experts: <c>int</c>, <c>long</c> (torch), ...</typeparam>
    /// <param name="logits">z <c>[tokens, experts]</c>, row by row; empty = not known.</param>
    /// <param name="selected">The chosen experts <c>[tokens, k]</c>, -1 = dropped. Overwritten where the debugger changes the decision; a changed row may be in another order.</param>
    /// <param name="weights">w, as handed to the experts <c>[tokens, k]</c>; empty = not known. Overwritten as <paramref name="selected"/> is. Without logits or weights no change is possible.</param>
    /// <param name="scores">s, the program's function of the logits <c>[tokens, experts]</c>; empty = the debugger derives it by the rule.</param>
    /// <param name="ranked">a, what the k best were taken of, if it is not the scores <c>[tokens, experts]</c>: scores with a bias, or with noise.</param>
    /// <param name="file">Filled in by the compiler, as <paramref name="line"/> and <paramref name="function"/>; a wrapper hands on those of its own caller.</param>
    /// <param name="line">See <paramref name="file"/>.</param>
    /// <param name="function">See <paramref name="file"/>.</param>
    /// <returns>True if <paramref name="selected"/> or <paramref name="weights"/> were changed.</returns>
    /// <exception cref="ArgumentException">The lengths do not fit together. Thrown whether or not a debugger listens.</exception>
    public bool Observe<T>(
        ReadOnlySpan<float> logits, Span<T> selected, Span<float> weights = default, ReadOnlySpan<float> scores = default, ReadOnlySpan<float> ranked = default,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0, [CallerMemberName] string function = "")
        where T : unmanaged, IBinaryInteger<T>
    {
        var tokens = selected.Length / K;
        if (selected.Length % K != 0) throw new ArgumentException($"{selected.Length} choices are no rows of {K}.", nameof(selected));
        if (!weights.IsEmpty && weights.Length != selected.Length) throw new ArgumentException($"There are {selected.Length} choices and {weights.Length} weights.", nameof(weights));
        Check(logits.Length, tokens, nameof(logits));
        Check(scores.Length, tokens, nameof(scores));
        Check(ranked.Length, tokens, nameof(ranked));
        Note(file, line, function);
        if (_probe.Enter(this) is not { } client) return false;
        Notice(logits, weights, scores, ranked);
        var arming = client.Arming;
        var isFinite = (client.Knows(Index) && !arming.StopsAtNotFinite) || Decision.IsFinite(logits);
        if (client.Knows(Index) && isFinite && !arming.Holds(Index) && !arming.Captures(Index)) return false;
        var decision = Decision.Of(this, _probe.Pass!, tokens, logits, (ReadOnlySpan<T>)selected, weights, scores, ranked);
        return _probe.Take(client, decision, isFinite) is { } verdict && Change(client, verdict.Id, verdict.Columns, decision, selected, weights);
    }

    /// <summary>
    /// Says what the weight of the router is before the optimizer's step, so that one that no longer learns is found. Called between the backward pass and <see cref="MoeProbe.Step"/>;
    /// sums the weight only while a debugger listens.
    /// </summary>
    /// <param name="weight">All numbers, in an order that does not change.</param>
    /// <param name="hasGradient">The backward pass has reached it.</param>
    public void ObserveWeight(ReadOnlySpan<float> weight, bool hasGradient = true)
    {
        if (!_probe.IsAttached) return;
        var sum = uint.MaxValue;
        var bytes = MemoryMarshal.AsBytes(weight);
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words) sum = BitOperations.Crc32C(sum, word);
        foreach (var one in bytes[(words.Length * sizeof(ulong))..]) sum = BitOperations.Crc32C(sum, one);
        Weight = ($"{~sum:x8}", hasGradient);
    }

    internal void Write(Utf8JsonWriter members, int layer, int ordinal, string stack)
    {
        members.WriteString("name", Name);
        WriteTexts(members, "aliases", _aliases);
        members.WriteNumber("layer", layer);
        members.WriteNumber("ordinal", ordinal);
        members.WriteString("stack", stack);
        members.WriteNumber("experts", Experts);
        members.WriteNumber("k", K);
        members.WriteStartObject("rule");
        _rule?.Write(members);
        members.WriteEndObject();
        WriteTexts(members, "observed", _observed);
        WriteTexts(members, "derived", []);
        members.WriteBoolean("capacity", false);
        members.WriteString("changes", _changes ? "weights" : "none");
        if (_changes) members.WriteNull("noChanges");
        else members.WriteString("noChanges", "the program hands over no logits and weights with its choice");
        members.WriteStartArray("sources");
        foreach (var site in _sites)
        {
            members.WriteStartObject();
            members.WriteString("path", site.Path);
            members.WriteNumber("line", site.Line);
            members.WriteString("what", "call");
            members.WriteEndObject();
        }
        members.WriteEndArray();
    }

    internal static void Refuse(ProbeClient client, long id, string reason) => client.Notify("refused", refused =>
    {
        refused.WriteNumber("id", id);
        refused.WriteString("reason", reason);
    });

    private static void WriteTexts(Utf8JsonWriter members, string name, IEnumerable<string> texts)
    {
        members.WriteStartArray(name);
        foreach (var text in texts) members.WriteStringValue(text);
        members.WriteEndArray();
    }

    private void Check(int length, int tokens, string name)
    {
        if (length != 0 && length != (long)tokens * Experts) throw new ArgumentException($"{tokens} rows of {Experts} experts are not {length} numbers.", name);
    }

    private void Note(string file, int line, string function)
    {
        if (_site is not { } last || last.Line != line || last.Path != file)
        {
            last = _sites.Find(site => site.Line == line && site.Path == file) ?? new CallSite(file, line, function);
            if (!_sites.Contains(last))
            {
                _sites.Add(last);
                _probe.HasNews();
            }
            _site = last;
        }
        _probe.Place = last;
    }

    private void Notice(ReadOnlySpan<float> logits, ReadOnlySpan<float> weights, ReadOnlySpan<float> scores, ReadOnlySpan<float> ranked)
    {
        if (_observed.Count > 0) return;
        _observed.Add("selected_experts");
        if (!logits.IsEmpty) _observed.Add("router_logits");
        if (!weights.IsEmpty) _observed.Add("routing_weights");
        if (!scores.IsEmpty) _observed.Add("router_scores");
        if (!ranked.IsEmpty) _observed.Add("selection_scores");
        _changes = !logits.IsEmpty && !weights.IsEmpty;
    }

    /// <summary>Puts a changed decision into the program's own spans, where it fits; else says why not. Rows that were not changed stay as they are, to the order of their slots.</summary>
    private bool Change<T>(ProbeClient client, long id, BinaryMessage verdict, Decision was, Span<T> selected, Span<float> weights) where T : unmanaged, IBinaryInteger<T>
    {
        try
        {
            var slots = verdict.ShapeOf("selected_experts") is [_, var count] ? count : 0;
            var experts = verdict.Ints("selected_experts", was.Tokens, slots);
            var given = verdict.Floats("routing_weights", was.Tokens, slots);
            if (Unfit(experts, given, slots) is not { } reason)
            {
                for (var row = 0; row < was.Tokens; row++)
                {
                    var e = experts.Slice(row * slots, slots);
                    var w = given.Slice(row * slots, slots);
                    var at = row * K;
                    if (e.SequenceEqual(was.Selected.AsSpan(at, K)) && w.SequenceEqual(was.Weights.AsSpan(at, K))) continue;
                    selected.Slice(at, K).Fill(T.CreateTruncating(-1));
                    weights.Slice(at, K).Clear();
                    for (var slot = 0; slot < slots; slot++)
                        if (e[slot] >= 0) (selected[at], weights[at++]) = (T.CreateTruncating(e[slot]), w[slot]);
                }
                return true;
            }
            Refuse(client, id, reason);
        }
        catch (FramingException error)
        {
            Refuse(client, id, error.Message);
        }
        return false;
    }

    private string? Unfit(ReadOnlySpan<int> experts, ReadOnlySpan<float> weights, int slots)
    {
        if (!_changes || weights.IsEmpty) return "the program hands over no weights with its choice";
        for (; !experts.IsEmpty; experts = experts[slots..])
        {
            var filled = slots - experts[..slots].Count(-1);
            if (experts[..slots].ContainsAnyExceptInRange(-1, Experts - 1)) return $"the change has an expert that there is not: there are {Experts}";
            if (filled > K) return $"the change gives a row {filled} experts, and the program takes {K}";
            if (filled < K && !_takesEmptySlots) return $"the change gives a row {filled} experts, and the program did not say that it takes fewer than {K}";
        }
        return null;
    }
}
