using Mesh.Messaging.Sqlite.Files;

namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>
/// Takes what the write-ahead log holds over into the file, on a thread of its own, beside the writer. Only when the log has become long does the
/// writer do the rest itself, which is little then, so that the log is written from its beginning again: its length is bounded.
/// </summary>
internal sealed class Checkpoints
{
    private const int PageBytes = 4096;

    private readonly Database _writers;
    private readonly Database _own;
    private readonly SemaphoreSlim _wanted = new(0);
    private readonly Thread _thread;
    private readonly long _every;
    private readonly long _longLog;
    private long _bytes;
    private volatile bool _isLong;
    private volatile bool _isClosing;

    /// <param name="path">Of the file.</param>
    /// <param name="writers">The writer's connection to it.</param>
    /// <param name="maxLogBytes">The log is begun anew when it is that long; it is taken over sixteen times until then.</param>
    public Checkpoints(string path, Database writers, long maxLogBytes)
    {
        _every = maxLogBytes / 16;
        _longLog = maxLogBytes / PageBytes;
        _writers = writers;
        _own = Database.Open(path, isReader: false);
        _own.Execute("PRAGMA wal_autocheckpoint = 0");
        _thread = new Thread(Run) { IsBackground = true, Name = "checkpoints" };
        _thread.Start();
    }

    /// <summary>So much was written.</summary>
    public void Count(long bytes) => _bytes += bytes + 16 * 1024;

    /// <summary>Called by the writer between two transactions.</summary>
    public void AfterCommit()
    {
        if (_isLong)
        {
            _isLong = false;
            Checkpoint(_writers, "RESTART");
        }

        if (_bytes > _every)
        {
            _bytes = 0;
            _wanted.Release();
        }
    }

    public void Close()
    {
        _isClosing = true;
        _wanted.Release();
        _thread.Join();
        _own.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _wanted.Wait();
            if (_isClosing)
            {
                return;
            }

            if (Checkpoint(_own, "PASSIVE") > _longLog)
            {
                _isLong = true;
            }
        }
    }

    /// <returns>Pages in the log.</returns>
    private static long Checkpoint(Database database, string mode)
    {
        try
        {
            return database.ReadNumber($"PRAGMA wal_checkpoint({mode})", column: 1);
        }
        catch (SqliteFault)
        {
            // Nothing is lost by that: it is in the log. The next one tries again, and the writer finds out what is wrong with the disk.
            return 0;
        }
    }
}
