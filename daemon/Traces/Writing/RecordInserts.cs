using System.Diagnostics;
using MoeDevtools.Traces.Storage;

namespace MoeDevtools.Traces.Writing;

/// <summary>The records that are rare and small: one statement each. Owned by the writer's thread.</summary>
internal sealed class RecordInserts(Database database) : IDisposable
{
    private readonly Statement _tokenText = database.Prepare("INSERT OR IGNORE INTO token_texts VALUES (?,?)");
    private readonly Statement _sequence = database.Prepare("INSERT OR REPLACE INTO sequences VALUES (?,?,?,?)");
    private readonly Statement _token = database.Prepare("INSERT INTO tokens (sequence, step, position, token_id, text, log_probability, sampler) VALUES (?,?,?,?,?,?,?)");
    private readonly Statement _stop = database.Prepare("INSERT INTO stops (step, pass, rank, router, row, reason, text) VALUES (?,?,?,?,?,?,?)");
    private readonly Statement _intervention = database.Prepare("INSERT OR REPLACE INTO interventions VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)");
    private readonly Statement _anomaly = database.Prepare("INSERT INTO anomalies (step, pass, rank, router, row, filter, severity, message) VALUES (?,?,?,?,?,?,?,?)");
    private readonly Statement _checksum = database.Prepare("INSERT OR REPLACE INTO checksums VALUES (?,?,?)");

    public void Write(object record)
    {
        switch (record)
        {
            case TokenText text: _tokenText.Bind(1, text.Id).Bind(2, text.Text).Run(); break;
            case TraceSequence s:
                var ids = new byte[s.Ids.Count * sizeof(int)];
                BatchCodec.Integers(s.Ids as int[] ?? [.. s.Ids], ids);
                _sequence.Bind(1, s.Index).Bind(2, s.Id).Bind(3, s.Label).Bind(4, ids).Run();
                break;
            case TraceToken t:
                _token.Bind(1, t.Sequence).Bind(2, t.Step).Bind(3, t.Position).Bind(5, t.Text).Bind(7, t.Sampler);
                if (t.Id < 0) _token.BindNull(4);
                else _token.Bind(4, t.Id);
                _token.Bind(6, t.LogProbability).Run();                                   // NaN is stored as NULL
                break;
            case TraceStop s:
                Bind(_stop, 1, s.Batch);
                _stop.Bind(5, s.Row).Bind(6, s.Reason).Bind(7, s.Text).Run();
                break;
            case TraceIntervention i:
                _intervention.Bind(1, i.Id).Bind(2, i.Text).Bind(3, i.Once ? 1 : 0);
                Bind(_intervention, 4, i.From);
                Bind(_intervention, 9, i.Removed);
                _intervention.Run();
                break;
            case TraceAnomaly a:
                Bind(_anomaly, 1, a.Batch);
                if (a.Row is { } row) _anomaly.Bind(5, row);
                else _anomaly.BindNull(5);
                _anomaly.Bind(6, a.Id).Bind(7, a.Severity).Bind(8, a.Message).Run();
                break;
            case TraceChecksum c: _checksum.Bind(1, c.Step).Bind(2, c.Router).Bind(3, c.Value).Run(); break;
            default: throw new UnreachableException();
        }
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _tokenText, _sequence, _token, _stop, _intervention, _anomaly, _checksum }) statement.Dispose();
    }

    private static void Bind(Statement statement, int first, in BatchKey key) =>
        statement.Bind(first, key.Step).Bind(first + 1, key.Pass).Bind(first + 2, key.Rank).Bind(first + 3, key.Router);

    private static void Bind(Statement statement, int first, (BatchKey Batch, int Row)? decision)
    {
        if (decision is { } d)
        {
            Bind(statement, first, d.Batch);
            statement.Bind(first + 4, d.Row);
            return;
        }
        for (var i = 0; i < 5; i++) statement.BindNull(first + i);
    }
}
