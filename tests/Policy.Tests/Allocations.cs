namespace Mesh.Policy.Tests;

/// <summary>Counts what code allocates once it is warm.</summary>
internal static class Allocations
{
    public static long Of(Action body)
    {
        // The first runs compile, and may allocate for it.
        for (var i = 0; i < 100; i++)
        {
            body();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            body();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
