using Mesh.Wire.Buffers;

namespace Mesh.Sidecar.Overload;

/// <summary>What an operator is told of the memory: each step once, and when all of it is over. Part of <see cref="OverloadWatch"/>.</summary>
internal sealed class MemoryNews(MemoryBudget memory, Log log, TimeProvider time)
{
    private const int Mebi = 1024 * 1024;

    private readonly Episode _episode = new(time);
    private MemoryPressure _told;
    private long _refused;
    private long _ended;

    /// <summary>Tells what there is to tell.</summary>
    /// <returns>Whether there is more to come.</returns>
    public bool Tell()
    {
        var pressure = memory.TakeWorst();
        if (pressure > _told)
        {
            if (_told == MemoryPressure.None)
            {
                (_refused, _ended) = (memory.Refused, memory.Ended);
            }

            _told = pressure;
            log.Warn($"memory: the heap needs most of the {memory.Limit / Mebi} MiB that it may have: {WhatIsDone(pressure)}");
        }

        if (_episode.IsOver(isTrouble: pressure != MemoryPressure.None) && _told != MemoryPressure.None)
        {
            _told = MemoryPressure.None;
            log.Info($"memory: {memory.Used / Mebi} of {memory.Limit / Mebi} MiB are in use, there is enough again ({memory.Refused - _refused} calls were refused, {memory.Ended - _ended} ended)");
        }

        return _told != MemoryPressure.None;
    }

    private static string WhatIsDone(MemoryPressure pressure) => pressure switch
    {
        MemoryPressure.Shrink => "callers and endpoints are lent less, and garbage is collected",
        MemoryPressure.Refuse => "new calls are refused with RESOURCE_EXHAUSTED (503 over HTTP)",
        _ => "no new connections are taken, and calls end for which more would have to be held",
    };
}
