namespace Mesh.Cli.Demo;

/// <summary>What <c>meshctl demo</c> was told.</summary>
internal sealed record DemoSettings
{
    /// <summary>
    /// Half of the product's default: short enough to see an instance leave, long enough for a busy machine's heartbeats.
    /// </summary>
    public static readonly TimeSpan LeaseTtl = TimeSpan.FromSeconds(5);

    /// <summary>A fixed workload with a verdict, rather than a view until Ctrl-C.</summary>
    public bool Once { get; init; }

    /// <summary>Where all processes export their traces and metrics by OTLP over gRPC; null: nowhere.</summary>
    public Uri? Otlp { get; init; }

    /// <summary>Port of the control plane's API on 127.0.0.1; 0 is a free one.</summary>
    public int ControlPlanePort { get; init; }

    /// <summary>Control planes, 1 to 9; several share an etcd of one member, which is started as well.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>A client without a sidecar calls as well, where this machine has one (gRPC for Python).</summary>
    public bool XdsClient { get; init; }

    /// <summary>Calls a second that the live demo makes, 1 to 10000.</summary>
    public int Rate { get; init; } = 200;
}
