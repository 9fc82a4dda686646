using System.Globalization;
using System.Text.Json;
using MoeDevtools.Messages;

namespace MoeDevtools.Traces.Formats;

/// <summary>
/// Routing events of the Explainable-MoE-Debugger, one a token and layer, in both shapes that it had: v1 <c>token_position</c>, <c>expert_weights</c>, <c>sequence_id</c>;
/// v2 <c>token_idx</c>, <c>routing_weights</c>, <c>session_id</c>, <c>token_text</c>.
/// </summary>
internal sealed class MoeDebuggerEvents : IImporter
{
    public string Name => "moe-debugger";

    public string Description => "events of the Explainable-MoE-Debugger (JSON), v1 and v2";

    public bool TakesSeveral => false;

    public bool Recognises(ImportFile file) => file.Kind == ImportFileKind.Json && (file.First.Has("routing_events", out _) || IsEvent(file.First));

    public ImportedTrace Open(IReadOnlyList<ImportFile> files, ImportOptions options)
    {
        var path = files[0].Path;
        var tokens = new Dictionary<(int Sequence, int Position), int>();
        var sequences = new Dictionary<string, int>(StringComparer.Ordinal);
        var layers = new SortedSet<int>();
        var (slots, events, second, weights) = (0, 0L, false, true);
        var rows = new List<Row>();
        foreach (var value in Events(path))
        {
            var one = Read(value, path, ++events);
            second |= one.IsSecond;
            weights &= one.Weights is not null;
            slots = Math.Max(slots, one.Experts.Length);
            layers.Add(one.Layer);
            if (!sequences.TryGetValue(one.Sequence, out var sequence)) sequences[one.Sequence] = sequence = sequences.Count;
            if (!tokens.TryGetValue((sequence, one.Position), out var row))
            {
                tokens[(sequence, one.Position)] = row = rows.Count;
                rows.Add(new Row(sequence, one.Position));
            }
            rows[row].Text ??= one.Text;
            if (!rows[row].Events.TryAdd(one.Layer, (one.Experts, one.Weights)))
                throw new UserError("MOE7273", $"{path}: event {events} is the second one of sequence {one.Sequence}, position {one.Position}, layer {one.Layer}.", $"Import one recording at a time.");
        }
        if (rows.Count == 0 || slots == 0)
            throw new UserError("MOE7274", $"{path} holds no routing events.", $"Check that the tool recorded some.");
        int[] order = [.. layers];
        rows.Sort((a, b) => (a.Sequence, a.Position).CompareTo((b.Sequence, b.Position)));
        var trace = new ImportedTrace
        {
            Routers = [.. order.Select(ImportedRouter.Layer)], Slots = slots, Passes = () => Passes(rows, order, slots, weights, [.. sequences.Keys]),
        };
        trace.Found.Add(string.Create(CultureInfo.InvariantCulture, $"{events} events of shape v{(second ? 2 : 1)}, {order.Length} layers, {rows.Count} tokens"));
        trace.Assumed.Add($"Events are ordered by position; each sequence is a step of its own. Token ids are not in the file.");
        if (!second) trace.Assumed.Add($"Token texts are not in the file: \"token_3\" is a place and no text.");
        if (!weights) trace.Assumed.Add($"Routing weights are left out: not every event has as many as experts.");
        return trace;
    }

    private static bool IsEvent(JsonElement value) => value.Has("layer_idx", out _) && value.Has("selected_experts", out _) && (value.Has("token_position", out _) || value.Has("token_idx", out _));

    private static IEnumerable<JsonElement> Events(string path)
    {
        foreach (var value in JsonValues.Read(path))
        {
            if (!value.Has("routing_events", out var events)) yield return value;
            else if (events.ValueKind == JsonValueKind.Array)
                foreach (var each in events.EnumerateArray()) yield return each;
        }
    }

    private static Event Read(JsonElement value, string path, long number)
    {
        var second = value.Has("token_idx", out _);
        var position = value.Whole("token_position") ?? value.Whole("token_idx");
        var experts = value.Has("selected_experts", out var selected) ? selected.Wholes() : null;
        if (value.Whole("layer_idx") is not (>= 0 and var layer) || position is not (>= 0 and var at) || experts is null)
            throw new UserError("MOE7275", $"{path}: event {number} has no layer_idx, position or selected_experts that is a number from 0, or a list of them.", $"Check that the tool wrote this event.");
        var weights = value.Has("expert_weights", out var w) || value.Has("routing_weights", out w) ? Reals(w) : null;
        var text = value.Text("token_text") ?? value.Text("token");
        // v1 writes the place in the place of a text.
        if (!second && text is not null && text.StartsWith("token_", StringComparison.Ordinal)) text = null;
        return new Event(layer, at, value.Text("sequence_id") ?? value.Text("session_id") ?? "", experts, weights?.Length == experts.Length ? weights : null, text, second);
    }

    private static float[]? Reals(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array) return null;
        var reals = new List<float>();
        foreach (var element in value.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetSingle(out var real)) return null;
            reals.Add(real);
        }
        return [.. reals];
    }

    private static IEnumerable<ImportedPass> Passes(List<Row> rows, int[] layers, int slots, bool weights, string[] names)
    {
        var pass = new ImportedPass();
        for (var at = 0; at < rows.Count;)
        {
            var sequence = rows[at].Sequence;
            var count = 1;
            while (count < ImportedPass.MostRows && at + count < rows.Count && rows[at + count].Sequence == sequence && rows[at + count].Events.Keys.ToHashSet().SetEquals(rows[at].Events.Keys)) count++;
            var begins = at == 0 || rows[at - 1].Sequence != sequence;
            (pass.Step, pass.Pass) = (sequence + 1, begins ? 0 : pass.Pass + 1);
            pass.Reset(count, layers.Length * slots);
            if (begins) pass.Begun.Add(new TraceSequence(sequence, names[sequence].Length > 0 ? names[sequence] : null, null, []));
            var ids = pass.Ids.AsSpan(0, count * layers.Length * slots);
            ids.Fill(-1);
            pass.Weights = weights ? new float[ids.Length] : null;
            pass.Recorded = Array.ConvertAll(layers, rows[at].Events.ContainsKey);
            for (var i = 0; i < count; i++)
            {
                var row = rows[at + i];
                (pass.Sequence[i], pass.Position[i], pass.Text[i]) = (sequence, row.Position, row.Text);
                for (var l = 0; l < layers.Length; l++)
                {
                    if (!row.Events.TryGetValue(layers[l], out var one)) continue;
                    var first = (i * layers.Length + l) * slots;
                    for (var j = 0; j < one.Experts.Length; j++) ids[first + j] = one.Experts[j];
                    if (pass.Weights is not null) one.Weights!.CopyTo(pass.Weights, first);
                }
            }
            yield return pass;
            at += count;
        }
    }

    private sealed record Event(int Layer, int Position, string Sequence, int[] Experts, float[]? Weights, string? Text, bool IsSecond);

    private sealed class Row(int sequence, int position)
    {
        public int Sequence => sequence;

        public int Position => position;

        public string? Text { get; set; }

        public Dictionary<int, (int[] Experts, float[]? Weights)> Events { get; } = [];
    }
}
