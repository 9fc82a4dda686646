using System.Text.Json;
using MoeDevtools.Analysis.Anomalies;
using MoeDevtools.Breakpoints;
using MoeDevtools.Capture;
using MoeDevtools.Capture.Training;
using MoeDevtools.Debugging;
using MoeDevtools.Host.Verbs;
using MoeDevtools.Numerics;
using MoeDevtools.Routing;

namespace MoeDevtools.Host.Runs;

/// <summary>The fields of the JSON lines about runs (docs/cli.md lists them).</summary>
internal static class RunJson
{
    public static void Session(Utf8JsonWriter fields, IRoutingSource source, RunRequest request, IReadOnlyList<Breakpoint> breakpoints)
    {
        if (source is ModelSession model)
        {
            fields.WriteString("model", model.Checkpoint.Folder);
            fields.WriteString("model_type", model.Checkpoint.Config.ModelType);
            fields.WriteString("backend", model.Model.Backend.Name);
        }
        if (source is ReplaySession) fields.WriteString("trace", source.Name);
        if (source is ProbeSession training)
        {
            fields.WriteString("program", source.Name);
            fields.WriteStartArray("routers");
            foreach (var router in training.Routers) Router(fields, router);
            fields.WriteEndArray();
            fields.WriteStartArray("notes");
            foreach (var note in training.Notes) fields.WriteStringValue(note);
            fields.WriteEndArray();
        }
        else
        {
            fields.WriteNumber("sequences", request.Sequences.Count);
            fields.WriteNumber("max_new_tokens", request.MaxNewTokens);
            fields.WriteNumber("seed", request.Seed);
        }
        fields.WriteStartArray("breakpoints");
        foreach (var breakpoint in breakpoints)
        {
            fields.WriteStartObject();
            fields.WriteNumber("id", breakpoint.Id);
            fields.WriteString("text", breakpoint.Spec.ToString());
            fields.WriteBoolean("verified", breakpoint.Verified);
            fields.WriteString("message", FormattableString.Invariant(breakpoint.Message));
            fields.WriteEndObject();
        }
        fields.WriteEndArray();
    }

    private static void Router(Utf8JsonWriter fields, RouterInfo router)
    {
        fields.WriteStartObject();
        fields.WriteString("router", router.Name);
        fields.WriteNumber("layer", router.Id.Layer);
        fields.WriteNumber("experts", router.Experts);
        if (router.Rule.IdentityExperts > 0) fields.WriteNumber("identity_experts", router.Rule.IdentityExperts);
        fields.WriteNumber("k", router.Rule.K);
        fields.WriteStartArray("sources");
        foreach (var source in router.Sources)
        {
            fields.WriteStartObject();
            fields.WriteString("path", source.Path);
            fields.WriteNumber("line", source.Line);
            fields.WriteString("what", source.IsCall ? "call" : "forward");
            fields.WriteEndObject();
        }
        fields.WriteEndArray();
        fields.WriteEndObject();
    }

    public static void End(Utf8JsonWriter fields, DebugSession session, RunClient client, RecordedRouting? forced, int exit)
    {
        fields.WriteNumber("exit", exit);
        fields.WriteNumber("stops", client.Stops);
        fields.WriteNumber("condition_errors", client.ConditionErrors);
        var nll = client.Sequences.Where(s => s.Nll is not null).SelectMany(s => s.Nll!).ToList();
        if (nll.Count > 0) fields.WriteReal("nll_mean", nll.Average());
        fields.WriteString("capture_problems", session.Problems.ToString());
        if (forced is not null)
        {
            fields.WriteStartObject("forced_routing");
            fields.WriteNumber("rows", forced.Rows);
            fields.WriteNumber("mismatches", forced.Mismatches);
            fields.WriteNumber("missing", forced.Missing);
            fields.WriteEndObject();
        }
        fields.WriteStartArray("routers");
        foreach (var router in session.Totals.Where(t => t.Tokens > 0))
        {
            fields.WriteStartObject();
            fields.WriteString("router", router.Router.Name);
            fields.WriteNumber("tokens", router.Tokens);
            if (router.MayHoldPadding) fields.WriteString("padding", "unknown");
            fields.WriteNumber("empty_slots", router.EmptySlots);
            fields.WriteReal("mean_entropy", router.MeanEntropy);
            fields.WriteStartArray("counts");
            foreach (var count in router.Counts) fields.WriteNumberValue(count);
            fields.WriteEndArray();
            fields.WriteEndObject();
        }
        fields.WriteEndArray();
        fields.WriteStartArray("breakpoints");
        foreach (var breakpoint in session.Breakpoints.All)
        {
            fields.WriteStartObject();
            fields.WriteNumber("id", breakpoint.Id);
            fields.WriteNumber("hits", breakpoint.Hits);
            fields.WriteString("explain", FormattableString.Invariant(breakpoint.Explain()));
            fields.WriteEndObject();
        }
        fields.WriteEndArray();
    }

    public static void Token(Utf8JsonWriter fields, GeneratedToken token)
    {
        fields.WriteNumber("sequence", token.Sequence);
        fields.WriteNumber("step", token.Step);
        fields.WriteNumber("position", token.Position);
        fields.WriteNumber("id", token.Id);
        if (token.Text is not null) fields.WriteString("text", token.Text);
        fields.WriteReal("logprob", token.LogProbability);
    }

    public static void Sequence(Utf8JsonWriter fields, SequenceResult result)
    {
        fields.WriteNumber("sequence", result.Sequence);
        if (result.Input.Id is not null) fields.WriteString("id", result.Input.Id);
        if (result.Input.Label is not null) fields.WriteString("label", result.Input.Label);
        fields.WriteNumber("tokens", result.Input.Ids.Count);
        Ids(fields, "generated_ids", result.GeneratedIds);
        if (result.Text is not null) fields.WriteString("text", result.Text);
        fields.WriteString("finish", result.Finish);
        if (result.Nll is { } nll)
        {
            fields.WriteReal("nll_mean", nll.Count > 0 ? nll.Average() : null);
            fields.WriteStartArray("nll");
            foreach (var value in nll) fields.WriteRealValue(Math.Round(value, 6));
            fields.WriteEndArray();
        }
        if (result.Prefill is { } prefill) fields.WriteReal("prefill_ms", prefill.TotalMilliseconds);
        if (result.Decode is { } decode) fields.WriteReal("decode_ms", decode.TotalMilliseconds);
    }

    public static void Ids(Utf8JsonWriter fields, string name, IReadOnlyList<int> ids)
    {
        fields.WriteStartArray(name);
        foreach (var id in ids) fields.WriteNumberValue(id);
        fields.WriteEndArray();
    }

    public static void Stop(Utf8JsonWriter fields, Stop stop)
    {
        var (batch, row) = (stop.Batch, stop.Row);
        fields.WriteString("reason", stop.Reason.ToString().ToLowerInvariant());
        Place(fields, batch, row);
        fields.WriteStartArray("hits");
        foreach (var hit in stop.Hits)
        {
            fields.WriteStartObject();
            fields.WriteNumber("breakpoint", hit.Breakpoint.Id);
            fields.WriteString("text", hit.Text);
            fields.WriteEndObject();
        }
        fields.WriteEndArray();
        if (batch.Has(RoutingColumns.SelectedExperts)) Ids(fields, "selected_experts", batch.ExpertsOf(row).ToArray());
        if (batch.Has(RoutingColumns.RoutingWeights)) fields.WriteReals("routing_weights", batch.WeightsOf(row));
        if (batch.Has(RoutingColumns.RouterScores)) fields.WriteReal("entropy", Formulas.NormalisedEntropy(batch.ScoresOf(row)));
        if (batch.IsChanged(row))
        {
            fields.WriteStartObject("before");
            Ids(fields, "selected_experts", batch.Before!.ExpertsOf(row).ToArray());
            fields.WriteReals("routing_weights", batch.Before.WeightsOf(row));
            fields.WriteEndObject();
        }
        foreach (var anomaly in stop.Anomalies)
        {
            fields.WriteStartObject("anomaly");
            Anomaly(fields, anomaly);
            fields.WriteEndObject();
            break;
        }
    }

    public static void Log(Utf8JsonWriter fields, LogLine line)
    {
        fields.WriteNumber("breakpoint", line.Breakpoint.Id);
        fields.WriteString("text", line.Text);
        fields.WriteString("router", line.Router.Name);
        fields.WriteNumber("step", line.Step);
        fields.WriteNumber("row", line.Row);
    }

    public static void Anomaly(Utf8JsonWriter fields, Anomaly anomaly)
    {
        fields.WriteString("id", anomaly.Id);
        fields.WriteString("severity", anomaly.Severity.ToString().ToLowerInvariant());
        fields.WriteString("router", anomaly.Router.Name);
        fields.WriteNumber("step", anomaly.Step);
        fields.WriteReal("value", anomaly.Value);
        fields.WriteReal("threshold", anomaly.Threshold);
        Ids(fields, "experts", anomaly.Experts);
        fields.WriteString("text", anomaly.Text);
        if (anomaly.Stack.Count == 0) return;
        fields.WriteStartArray("stack");
        foreach (var frame in anomaly.Stack) fields.WriteStringValue(frame.ToString());
        fields.WriteEndArray();
    }

    /// <summary>One router's batch, row by row, with those of the <paramref name="columns"/> that are present.</summary>
    public static void Routing(Utf8JsonWriter fields, RoutingBatch batch, RoutingColumns columns)
    {
        var pass = batch.Pass;
        fields.WriteString("router", batch.Router.Name);
        fields.WriteNumber("step", pass.Step);
        fields.WriteNumber("pass", pass.Pass);
        fields.WriteString("phase", pass.Phase.Word());
        Ids(fields, "sequence", pass.Rows.Sequence[..batch.Tokens]);
        Ids(fields, "position", pass.Rows.Position[..batch.Tokens]);
        Ids(fields, "token_id", pass.Rows.TokenId[..batch.Tokens]);
        fields.WriteBoolean("changed", batch.Before is not null);
        if ((columns & batch.Router.Rule.Derived) != RoutingColumns.None) fields.WriteString("derived", "router_scores");
        Rows(fields, "router_logits", batch, columns & RoutingColumns.RouterLogits, (row, json) => Reals(json, batch.LogitsOf(row)));
        Rows(fields, "router_scores", batch, columns & RoutingColumns.RouterScores, (row, json) => Reals(json, batch.ScoresOf(row)));
        Rows(fields, "selection_scores", batch, columns & RoutingColumns.SelectionScores, (row, json) => Reals(json, batch.SelectionOf(row)));
        Rows(fields, "selected_experts", batch, columns & RoutingColumns.SelectedExperts, (row, json) =>
        {
            json.WriteStartArray();
            foreach (var e in batch.ExpertsOf(row)) json.WriteNumberValue(e);
            json.WriteEndArray();
        });
        Rows(fields, "routing_weights", batch, columns & RoutingColumns.RoutingWeights, (row, json) => Reals(json, batch.WeightsOf(row)));
    }

    private static void Rows(Utf8JsonWriter fields, string name, RoutingBatch batch, RoutingColumns column, Action<int, Utf8JsonWriter> write)
    {
        if (column == RoutingColumns.None || !batch.Has(column)) return;
        fields.WriteStartArray(name);
        for (var row = 0; row < batch.Tokens; row++) write(row, fields);
        fields.WriteEndArray();
    }

    private static void Reals(Utf8JsonWriter fields, ReadOnlySpan<float> values)
    {
        fields.WriteStartArray();
        foreach (var value in values) fields.WriteRealValue(value);
        fields.WriteEndArray();
    }

    private static void Place(Utf8JsonWriter fields, RoutingBatch batch, int row)
    {
        var pass = batch.Pass;
        fields.WriteString("router", batch.Router.Name);
        fields.WriteNumber("step", pass.Step);
        fields.WriteNumber("pass", pass.Pass);
        fields.WriteString("phase", pass.Phase.Word());
        fields.WriteNumber("row", row);
        if (pass.Rows.Sequence[row] >= 0) fields.WriteNumber("sequence", pass.Rows.Sequence[row]);
        if (pass.Rows.Position[row] >= 0) fields.WriteNumber("position", pass.Rows.Position[row]);
        fields.WriteNumber("token_id", pass.Rows.TokenId[row]);
        if (pass.Rows.Text[row] is { } text) fields.WriteString("text", text);
        if (pass.Rows.Label[row] is { } label) fields.WriteString("label", label);
    }
}
