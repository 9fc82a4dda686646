using MoeDevtools.Traces.Storage;

namespace MoeDevtools.Traces.Writing;

/// <summary>
/// Copies what is committed from the log into the file, on a connection and a thread of its own, while the writer goes on: little is left for the writer's checkpoint, after which
/// the log begins anew. The connection belongs to that thread while it runs, else to the writer's thread.
/// </summary>
internal sealed class EarlyCheckpoint(string path) : IDisposable
{
    private readonly Database _database = Database.OpenToWrite(path);
    private Thread? _running;

    /// <summary>Does nothing while the last one still runs.</summary>
    public void Start()
    {
        if (_running is { IsAlive: true }) return;
        _running = new Thread(Copy) { Name = "trace checkpoint", IsBackground = true };
        _running.Start();
    }

    public void Dispose()
    {
        _running?.Join();
        _database.Dispose();
    }

    private void Copy()
    {
        try
        {
            _database.Execute("PRAGMA wal_checkpoint(PASSIVE)");
        }
        catch (SqliteFailure)
        {
            // The writer's own checkpoint meets the same, and reports it.
        }
    }
}
