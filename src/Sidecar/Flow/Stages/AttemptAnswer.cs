using Mesh.Policy.Outcomes;

namespace Mesh.Sidecar.Flow.Stages;

/// <summary>What has come of one attempt's answer.</summary>
internal struct AttemptAnswer
{
    /// <summary>When its head came; 0 before.</summary>
    public long HeadReceived;

    /// <summary>1xx responses so far.</summary>
    public int Interims;

    /// <summary>Its head is held back, while another attempt is still possible.</summary>
    public bool IsHeld;

    /// <summary>Of the head of an answer in gRPC; 200 as a rule.</summary>
    public int GrpcHttpStatus;

    /// <summary>The head has a gRPC status already, which <see cref="Outcome"/> holds, although a body may follow.</summary>
    public bool HasEarlyStatus;

    /// <summary>How long it asks that the endpoint be left alone, in ticks; 0 is not at all.</summary>
    public long Rest;

    /// <summary>What the head says.</summary>
    public Outcome Outcome;
}
