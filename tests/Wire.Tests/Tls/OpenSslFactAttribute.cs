using Mesh.Wire.Tls;

namespace Mesh.Wire.Tests.Tls;

/// <summary>Where there is no OpenSSL 3 it is skipped, in sight.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OpenSslFactAttribute : FactAttribute
{
    public OpenSslFactAttribute() => Skip = TlsLibrary.WhyManaged;
}

/// <inheritdoc cref="OpenSslFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OpenSslTheoryAttribute : TheoryAttribute
{
    public OpenSslTheoryAttribute() => Skip = TlsLibrary.WhyManaged;
}
