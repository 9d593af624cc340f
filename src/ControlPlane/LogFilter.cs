namespace Mesh.ControlPlane;

/// <summary>What of the log is shown: our own from the level asked for, the libraries' only when it matters.</summary>
internal static class LogFilter
{
    public static bool Passes(string? category, LogLevel level, LogLevel minimum)
    {
        if (level < minimum)
        {
            return false;
        }

        // That a listener cannot be bound is told in one line when the process ends; these tell it with stack traces.
        if (category is "Microsoft.AspNetCore.Server.Kestrel" or "Microsoft.Extensions.Hosting.Internal.Host")
        {
            return minimum == LogLevel.Trace;
        }

        // It has nothing to say that we would show, and makes an activity and a scope for each call as soon as it might: some 1,500
        // bytes for as long as the call lasts. Traces are not made by it.
        if (category is "Microsoft.AspNetCore.Hosting.Diagnostics")
        {
            return minimum == LogLevel.Trace;
        }

        return minimum == LogLevel.Trace || level >= LogLevel.Warning
            || category is null || category.StartsWith("Mesh.", StringComparison.Ordinal);
    }
}
