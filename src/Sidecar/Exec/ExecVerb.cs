namespace Mesh.Sidecar.Exec;

/// <summary>
/// <c>mesh-sidecar exec OPTIONS -- APP ARGS…</c>: the sidecar as its app's parent. The app is started once calls can be made, and has its way out until it
/// has ended: the order that native sidecars have in Kubernetes, anywhere.
/// </summary>
internal static class ExecVerb
{
    public const string Name = "exec";

    public const string Summary = "Takes the options above, then -- and an app's command line: starts the app once calls can be made, passes it signals, "
        + "ends when it does, with its exit code, and drains around it.";

    private const string Separator = "--";

    /// <summary>Parts the command line.</summary>
    /// <param name="args">All of it; the sidecar's own afterwards.</param>
    /// <param name="command">The app's; empty if there is none to be started.</param>
    /// <param name="fault">What is wrong with it, in one line; null if nothing is.</param>
    public static void Part(ref string[] args, out string[] command, out string? fault)
    {
        (command, fault) = ([], null);
        if (args is not [Name, .. var rest])
        {
            return;
        }

        var at = Array.IndexOf(rest, Separator);
        args = at < 0 ? rest : rest[..at];
        command = at < 0 ? [] : rest[(at + 1)..];
        var asksForHelp = args.Any(arg => arg is "--help" or "-h" or "-?" or "--version");
        fault = command.Length == 0 && !asksForHelp ? "exec: there is no app to start; its command line goes behind --, as in: mesh-sidecar exec --service orders -- ./orders --port 8080" : null;
    }
}
