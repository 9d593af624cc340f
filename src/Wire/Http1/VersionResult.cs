namespace Mesh.Wire.Http1;

/// <summary>What is wrong with a version.</summary>
internal enum VersionResult : byte
{
    /// <summary>It is none.</summary>
    Malformed,

    /// <summary>Its first digit is not 1.</summary>
    NotSupported,
}
