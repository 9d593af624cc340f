namespace Mesh.Sidecar.Admin;

/// <summary>What the pages ask the process to do or to tell. Called on any thread.</summary>
/// <param name="Ready">Whether calls are taken; the reason if not, "ready" if they are.</param>
/// <param name="DrainAsync">Starts to drain; completes when that is done. May be called more than once.</param>
internal sealed record AdminHooks(Func<(bool IsReady, string Reason)> Ready, Func<Task> DrainAsync);
