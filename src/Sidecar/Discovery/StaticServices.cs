using Mesh.Resources;
using Mesh.Resources.Files;
using Mesh.Sidecar.Discovery.Services;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// The services of a static file: read at the start, and again when the file changes, or at once when somebody says so. A
/// file that is not right changes nothing. <see cref="WatchAsync"/> runs once; <see cref="ReadAgain"/> may be called by any
/// thread.
/// </summary>
/// <remarks>
/// The file is read and compared, once in a while, not watched: that finds what was written in place, renamed over it, or
/// swapped by a link above it (a mounted config map), on every file system.
/// </remarks>
/// <param name="path">The file.</param>
/// <param name="directory">Told what is in it, if all of it is right.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Told of what was read, and of what was not.</param>
internal sealed class StaticServices(string path, ServiceDirectory directory, TimeProvider time, Log log)
{
    /// <summary>What is written in place may be seen half: it counts when two readings are the same.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HashSet<string> _names = [];
    private string? _inForce;
    private string? _seen;
    private string? _warnedOf;

    /// <param name="faults">One line each, with their places.</param>
    public bool TryLoad(out IReadOnlyList<string> faults)
    {
        if (!ResourceFile.TryRead(path, out var text, out var fault))
        {
            faults = [fault];
            return false;
        }

        return TryApply(text, out faults);
    }

    /// <summary>Reads it now, without waiting for a change, and says what has come of it.</summary>
    public void ReadAgain() => Volatile.Read(ref _asked).TrySetResult();

    /// <summary>Follows the file until told to stop.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        while (true)
        {
            var asked = Volatile.Read(ref _asked).Task;
            await asked.WaitAsync(Interval, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
            {
                return;
            }

            if (asked.IsCompleted)
            {
                // Before the file is read: whoever asks from now on wants it read again.
                Volatile.Write(ref _asked, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            Look(asked.IsCompleted);
        }
    }

    /// <param name="isAsked">Whether it is to be taken as it is, and spoken of in any case.</param>
    private void Look(bool isAsked)
    {
        IReadOnlyList<string> faults = [];
        if (!ResourceFile.TryRead(path, out var text, out var fault))
        {
            (text, faults) = (fault, [fault]); // one that cannot be read, and why, is a state like another
        }

        var isSettled = text == _seen;
        _seen = text;
        if (!isAsked && (!isSettled || text == _inForce))
        {
            return;
        }

        _inForce = text;
        if (faults.Count == 0 && TryApply(text, out faults))
        {
            log.Info($"--static {path} was read again: {_names.Count} {(_names.Count == 1 ? "service" : "services")}");
            return;
        }

        foreach (var line in faults)
        {
            log.Warn($"--static: {line}; what was read before holds");
        }
    }

    /// <summary>A file that is empty is a slip, or not written yet; one with an empty list is what a sidecar needs whose app calls nobody.</summary>
    private static bool SaysThatThereAreNone(string text) =>
        text.Split('\n').Any(line => !line.TrimStart().StartsWith('#') && line.Contains("services", StringComparison.Ordinal));

    /// <summary>As meshctl apply does, once for each state of the file.</summary>
    private void Warn(string text, IReadOnlyList<string> warnings)
    {
        foreach (var line in text == _warnedOf ? [] : warnings)
        {
            log.Warn($"--static: {line}");
        }

        _warnedOf = text;
    }

    private bool TryApply(string text, out IReadOnlyList<string> faults)
    {
        _inForce = _seen = text;
        if (!StaticFileReader.TryRead(text, path, out var file, out faults, out var warnings))
        {
            return false;
        }

        if (file.Services.Count == 0 && !SaysThatThereAreNone(text))
        {
            faults = [$"{path}: names no services; write 'services: []' if there are none to call"];
            return false;
        }

        Warn(text, warnings);
        foreach (var service in file.Services)
        {
            directory.SetEndpoints(service.Name, version: 0, isKnown: true, service.Endpoints);
            directory.SetPolicy(service.Name, version: 0, directory.Ours(PolicyTranslation.ToPolicy(service.Config)));
        }

        if (directory.InboundService is { } own)
        {
            directory.SetInbound(version: 0, PolicyTranslation.ToInbound(file.Services.FirstOrDefault(service => service.Name == own)?.Inbound));
        }

        HashSet<string> names = [.. file.Services.Select(service => service.Name)];
        foreach (var gone in _names.Except(names))
        {
            directory.Remove(gone);
        }

        _names = names;
        directory.Publish();
        return true;
    }
}
