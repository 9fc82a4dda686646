namespace MoeDevtools.Traces.Storage;

/// <summary>The tables of a trace. Frozen: a change of any of this is a new <see cref="Version"/>, with docs/trace-format.md.</summary>
internal static class TraceSchema
{
    /// <summary><c>MOET</c>, at byte 68 of the file.</summary>
    public const int ApplicationId = 0x4D4F4554;

    /// <summary><c>user_version</c>, at byte 60 of the file.</summary>
    public const int Version = 3;

    /// <summary>
    /// Bytes of a page while it is recorded, by measurement (bench/run traces): the larger, the fewer writes a batch of 512 rows takes; a page of its own for each table
    /// would be too much of a file that has to stay small.
    /// </summary>
    public static int PageBytes(long? mostBytes) => mostBytes < 256 << 20 ? 16384 : 65536;

    /// <summary>Bits of a batch's id that name its router; those above name the pass.</summary>
    public const int RouterBits = 16;

    public const string Sql = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
        CREATE TABLE totals (id INTEGER PRIMARY KEY CHECK (id = 1), batches INTEGER NOT NULL, decisions INTEGER NOT NULL, columns INTEGER NOT NULL);
        CREATE TABLE routers (
          id INTEGER PRIMARY KEY, name TEXT NOT NULL, stack TEXT NOT NULL, layer INTEGER NOT NULL, ordinal INTEGER NOT NULL,
          experts INTEGER NOT NULL, k INTEGER NOT NULL, rule TEXT NOT NULL, aliases TEXT NOT NULL, columns INTEGER NOT NULL, sources TEXT NOT NULL);
        CREATE TABLE sequences (id INTEGER PRIMARY KEY, name TEXT, label TEXT, token_ids BLOB NOT NULL);
        CREATE TABLE steps (id INTEGER PRIMARY KEY, time INTEGER NOT NULL);
        CREATE TABLE passes (
          id INTEGER PRIMARY KEY, step INTEGER NOT NULL, pass INTEGER NOT NULL, rank INTEGER NOT NULL, phase INTEGER NOT NULL, time INTEGER NOT NULL,
          rows INTEGER NOT NULL, packed INTEGER NOT NULL, sequence BLOB NOT NULL, position BLOB NOT NULL, token_id BLOB, padding BLOB, texts TEXT, labels TEXT);
        CREATE UNIQUE INDEX passes_in_order ON passes (step, pass, rank);
        CREATE TABLE batches (
          id INTEGER PRIMARY KEY, slots INTEGER NOT NULL, present INTEGER NOT NULL, observed INTEGER NOT NULL, problems INTEGER NOT NULL,
          id_bytes INTEGER NOT NULL, real_bytes INTEGER NOT NULL, packed INTEGER NOT NULL, derived_crc INTEGER,
          router_logits BLOB, router_scores BLOB, selection_scores BLOB, selected_experts BLOB, routing_weights BLOB, chosen BLOB, taken BLOB);
        CREATE TABLE batches_before (
          id INTEGER PRIMARY KEY, slots INTEGER NOT NULL, present INTEGER NOT NULL, observed INTEGER NOT NULL, problems INTEGER NOT NULL,
          id_bytes INTEGER NOT NULL, real_bytes INTEGER NOT NULL, packed INTEGER NOT NULL, derived_crc INTEGER,
          router_logits BLOB, router_scores BLOB, selection_scores BLOB, selected_experts BLOB, routing_weights BLOB, chosen BLOB, taken BLOB);
        CREATE TABLE token_texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
        CREATE TABLE tokens (
          id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, step INTEGER NOT NULL, position INTEGER NOT NULL, token_id INTEGER, text TEXT,
          log_probability REAL, sampler TEXT);
        CREATE INDEX tokens_by_step ON tokens (step);
        CREATE TABLE loads (
          id INTEGER PRIMARY KEY, tokens INTEGER NOT NULL, empty_slots INTEGER NOT NULL, width INTEGER NOT NULL, experts BLOB, counts BLOB NOT NULL);
        CREATE TABLE checksums (step INTEGER NOT NULL, router INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (step, router)) WITHOUT ROWID;
        CREATE TABLE stops (
          id INTEGER PRIMARY KEY, step INTEGER NOT NULL, pass INTEGER NOT NULL, rank INTEGER NOT NULL, router INTEGER NOT NULL, row INTEGER NOT NULL,
          reason TEXT NOT NULL, text TEXT);
        CREATE TABLE interventions (
          id INTEGER PRIMARY KEY, text TEXT NOT NULL, once INTEGER NOT NULL,
          from_step INTEGER, from_pass INTEGER, from_rank INTEGER, from_router INTEGER, from_row INTEGER,
          removed_step INTEGER, removed_pass INTEGER, removed_rank INTEGER, removed_router INTEGER, removed_row INTEGER);
        CREATE TABLE anomalies (
          id INTEGER PRIMARY KEY, step INTEGER NOT NULL, pass INTEGER NOT NULL, rank INTEGER NOT NULL, router INTEGER NOT NULL, row INTEGER,
          filter TEXT NOT NULL, severity TEXT NOT NULL, message TEXT NOT NULL);
        CREATE TABLE drops (id INTEGER PRIMARY KEY, first_step INTEGER NOT NULL, last_step INTEGER NOT NULL, rows INTEGER NOT NULL, reason TEXT NOT NULL);
        """;

    /// <summary>An id of batches (of a pass) or loads (of a step), for one router.</summary>
    public static long Key(long passOrStep, int router) => (passOrStep << RouterBits) | (uint)router;
}
