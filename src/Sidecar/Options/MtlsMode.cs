namespace Mesh.Sidecar.Options;

/// <summary>How calls come in and go out where there is an identity.</summary>
internal enum MtlsMode
{
    /// <summary>In clear, whatever there is.</summary>
    Off,

    /// <summary>By TLS from those that have an identity, and in clear from all others.</summary>
    Permissive,

    /// <summary>By TLS alone.</summary>
    Strict,
}
