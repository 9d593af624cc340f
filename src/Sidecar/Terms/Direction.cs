namespace Mesh.Sidecar.Terms;

/// <summary>Which way a call goes, seen from the app beside the sidecar.</summary>
internal enum Direction
{
    /// <summary>The app calls.</summary>
    Outbound,

    /// <summary>The app is called.</summary>
    Inbound,
}

internal static class Directions
{
    /// <summary>The word used in metrics, logs and pages.</summary>
    public static string Word(this Direction direction) => direction == Direction.Outbound ? "outbound" : "inbound";
}
