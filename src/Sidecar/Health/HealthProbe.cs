using Mesh.Sidecar.Options;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Health;

/// <summary>Asks the app once whether it is well. One caller at a time.</summary>
internal abstract class HealthProbe : IDisposable
{
    /// <summary>Never throws for what an app can do; it is given up when the token is cancelled.</summary>
    public abstract Task<CheckResult> CheckAsync(CancellationToken cancellation);

    /// <summary>What it asks at the moment.</summary>
    public abstract HealthOption InForce { get; }

    public abstract void Dispose();

    /// <summary>The probe an option asks for; null if it asks for none.</summary>
    public static HealthProbe? Create(HealthOption option, Endpoint app) => option.Kind switch
    {
        HealthKind.Auto => new AutoProbe(app),
        HealthKind.Grpc => new GrpcProbe(app),
        HealthKind.Http => new HttpProbe(app, option.Path),
        HealthKind.Tcp => new TcpProbe(app),
        _ => null,
    };
}
