namespace Mesh.ControlPlane.Xds.Serving;

/// <summary>What a client made of a response.</summary>
/// <param name="Resources">How many it held; 0 if the request was about none.</param>
/// <param name="Error">Why it has rejected it; null if it has not.</param>
/// <param name="IsNews">It has not said so before.</param>
internal readonly record struct XdsAnswer(int Resources, string? Error, bool IsNews);
