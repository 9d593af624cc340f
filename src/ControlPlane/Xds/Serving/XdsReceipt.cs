namespace Mesh.ControlPlane.Xds.Serving;

/// <summary>What a client has made of what concerns a service.</summary>
/// <param name="Client">The id that it gives itself.</param>
/// <param name="Agent">What it is, as it says.</param>
/// <param name="IsCurrent">It has applied all that it is to have.</param>
/// <param name="Error">Why it has rejected some of it; empty if it has not.</param>
internal sealed record XdsReceipt(string Client, string Agent, bool IsCurrent, string Error);
