using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Mesh.Hosting;

/// <summary>
/// Fetches at the start what the runtime would fetch when it is needed, at the cost of file descriptors: so that a process
/// that has run out of them goes on, and is whole afterwards. Nothing to do for a native executable, whose code is all there
/// and whose threads need no descriptor. Any other does it if it is started with DOTNET_TieredCompilation=0: the compiler that
/// improves code later works on a thread that comes and goes, and would end the process all the same; and all this makes
/// the start take twice as long.
/// </summary>
/// <remarks>
/// Each new thread of .NET on Unix needs a pipe. The thread pool lets the exception of a thread that cannot be made through to
/// whoever queues work, which may be a thread of its own: that ends the process with no more than "Out of memory.". An assembly
/// that could not be opened once is not looked for again, nor does a class begin again whose initializer failed for it.
/// </remarks>
public static class Provisions
{
    /// <summary>Enough for programs whose work is asynchronous, with some to spare for look-ups of names, which block.</summary>
    private const int FewestThreads = 8;

    /// <summary>Lays them in. Call it once, before anything uses the thread pool.</summary>
    public static void LayIn()
    {
        // Only a runtime that loads assemblies is told where they are.
        var isNative = AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") is null;
        if (isNative || Environment.GetEnvironmentVariable("DOTNET_TieredCompilation") != "0")
        {
            return;
        }

        MakeThreads();
        LoadReferences(Assembly.GetEntryAssembly()!, []);
    }

    /// <summary>All the threads the pool will ever have.</summary>
    private static void MakeThreads()
    {
        AppContext.SetData("System.Threading.ThreadPool.ThreadsToKeepAlive", -1);
        var count = Math.Max(FewestThreads, Environment.ProcessorCount);
        ThreadPool.SetMinThreads(count, count);
        ThreadPool.SetMaxThreads(count, count);
        // Blocking on purpose: a thread is made only for work that finds all others busy, so that each waits for the last.
        // Not disposed: they may still be on their way out of the wait.
        var missing = new CountdownEvent(count);
        for (var i = 0; i < count; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                missing =>
                {
                    missing.Signal();
                    missing.Wait();
                },
                missing,
                preferLocal: false);
        }

        missing.Wait();
        // The first timer makes the thread that all of them share.
        using var first = new Timer(_ => { }, null, Timeout.Infinite, Timeout.Infinite);
        first.Change(TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A trimmed program loads nothing later.")]
    private static void LoadReferences(Assembly of, HashSet<string> seen)
    {
        foreach (var name in of.GetReferencedAssemblies())
        {
            if (!seen.Add(name.FullName))
            {
                continue;
            }

            try
            {
                var loaded = Assembly.Load(name);
                // It names all that there is in .NET, where the rest names what it uses.
                if (name.Name != "netstandard")
                {
                    LoadReferences(loaded, seen);
                }
            }
            catch (FileNotFoundException)
            {
                // Of a library's part that nobody here uses.
            }
        }
    }
}
