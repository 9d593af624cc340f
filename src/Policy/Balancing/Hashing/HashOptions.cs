namespace Mesh.Policy.Balancing.Hashing;

/// <summary>One thing that calls may be told apart by.</summary>
/// <param name="Source">What it is.</param>
/// <param name="Name">Of the header, in lower case, or the cookie; empty for the others.</param>
public sealed record HashOptions(HashSource Source, string Name = "");
