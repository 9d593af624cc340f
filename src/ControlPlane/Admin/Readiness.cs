namespace Mesh.ControlPlane.Admin;

/// <summary>Whether the process can serve: not before it is set up, and not once it drains. Any thread.</summary>
internal sealed class Readiness
{
    private volatile string _state = "starting";

    public bool IsReady => _state == "ready";

    public string State => _state;

    public void Ready() => _state = "ready";

    public void Draining() => _state = "draining";
}
