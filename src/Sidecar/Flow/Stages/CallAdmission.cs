namespace Mesh.Sidecar.Flow.Stages;

/// <summary>Step 5: how far it has come through the phases.</summary>
internal struct CallAdmission
{
    /// <summary>Phases that have let it on, and are told of its end.</summary>
    public int Passed;

    /// <summary>The next one lets it wait.</summary>
    public bool IsWaiting;

    /// <summary>When its caller may try again, in ticks from when it was refused; 0 says nothing.</summary>
    public long RetryAfter;

    /// <summary>All have let it on.</summary>
    public bool IsAdmitted;
}
