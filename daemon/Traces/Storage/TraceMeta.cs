using System.Globalization;
using MoeDevtools.Routing;

namespace MoeDevtools.Traces.Storage;

/// <summary>What a trace says of itself and of the model: the tables <c>meta</c> and <c>routers</c>.</summary>
internal static class TraceMeta
{
    /// <summary>Makes the tables and writes what never changes.</summary>
    /// <param name="columns">Columns that are recorded of each router.</param>
    public static void Create(Database database, TraceInfo info, IReadOnlyList<RouterInfo> routers, Func<RouterInfo, RoutingColumns> columns)
    {
        database.Execute(TraceSchema.Sql);
        database.Execute("INSERT INTO totals VALUES (1, 0, 0, 0)");
        WriteInfo(database, info);
        foreach (var router in routers) Write(database, router, columns(router));
    }

    /// <param name="columns">Columns that are recorded of it.</param>
    public static void Write(Database database, RouterInfo router, RoutingColumns columns)
    {
        using var insert = database.Prepare("INSERT INTO routers VALUES (?,?,?,?,?,?,?,?,?,?,?)");
        insert.Bind(1, router.Index).Bind(2, router.Name).Bind(3, router.Id.Stack).Bind(4, router.Id.Layer).Bind(5, router.Id.Ordinal).Bind(6, router.Experts).Bind(7, router.Rule.K)
            .Bind(8, RouterJson.Write(router.Rule)).Bind(9, RouterJson.Write(router.Aliases)).Bind(10, (int)(columns & router.Rule.Columns)).Bind(11, RouterJson.Write(router.Sources)).Run();
    }

    public static void WriteInfo(Database database, TraceInfo info)
    {
        using var insert = database.Prepare("INSERT INTO meta VALUES (?, ?)");
        void Write(string key, string? value)
        {
            if (value is not null) insert.Bind(1, key).Bind(2, value).Run();
        }
        Write("writer", info.Writer);
        Write("kind", ((int)info.Kind).ToString(CultureInfo.InvariantCulture));
        Write("created", info.Created.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture));
        Write("source", info.Source);
        Write("model_type", info.ModelType);
        Write("architecture", info.Architecture);
        Write("listing", info.Listing);
        Write("tokenizer", info.Tokenizer);
        Write("request", info.Request);
        if (info.Assumptions.Count > 0) Write("assumptions", RouterJson.Write(info.Assumptions));
    }

    public static void WriteClosed(Database database)
    {
        using var insert = database.Prepare("INSERT OR REPLACE INTO meta VALUES ('closed', ?)");
        insert.Bind(1, DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture)).Run();
    }

    public static TraceInfo ReadInfo(Database database)
    {
        var values = new Dictionary<string, string?>();
        using (var select = database.Prepare("SELECT key, value FROM meta"))
            while (select.Step()) values[select.Text(0)!] = select.Text(1);
        string? Of(string key) => values.GetValueOrDefault(key);
        return new TraceInfo
        {
            Writer = Of("writer") ?? "",
            Kind = (TraceKind)int.Parse(Of("kind") ?? "0", CultureInfo.InvariantCulture),
            Created = DateTimeOffset.Parse(Of("created") ?? "", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
            Source = Of("source"),
            ModelType = Of("model_type"),
            Architecture = Of("architecture"),
            Listing = Of("listing"),
            Tokenizer = Of("tokenizer"),
            Request = Of("request"),
            Assumptions = Of("assumptions") is { } assumptions ? RouterJson.ReadNames(assumptions) : [],
        };
    }

    public static IReadOnlyList<RouterInfo> ReadRouters(Database database)
    {
        var routers = new List<RouterInfo>();
        var sources = database.Number("PRAGMA user_version") < 2 ? "'[]'" : "sources";
        using var select = database.Prepare($"SELECT id, name, stack, layer, ordinal, rule, aliases, {sources} FROM routers ORDER BY id");
        while (select.Step())
        {
            routers.Add(new RouterInfo
            {
                Index = select.Int(0),
                Name = select.Text(1)!,
                Id = new RouterId(select.Text(2)!, select.Int(3), select.Int(4)),
                Rule = RouterJson.ReadRule(select.Text(5)!),
                Aliases = RouterJson.ReadNames(select.Text(6)!),
                Sources = RouterJson.ReadSources(select.Text(7)!),
            });
        }
        return routers;
    }
}
