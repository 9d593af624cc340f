namespace Mesh.Sidecar.Local;

/// <summary>A method of the mesh's own APIs with one request. Called on the loop of the call, and keeps nothing of it but in the call.</summary>
internal abstract class LocalMethod
{
    /// <summary>"/pkg.Service/Method".</summary>
    public abstract ReadOnlySpan<byte> Path { get; }

    /// <summary>The request is there: answers it now, or keeps the call and answers it later.</summary>
    /// <param name="call">To be ended once.</param>
    /// <param name="request">The message, valid during the call.</param>
    public abstract void OnRequest(LocalCall call, ReadOnlySpan<byte> request);

    /// <summary>A new snapshot is in force, or the sidecar's own state has changed: calls that wait may have an answer.</summary>
    public abstract void OnChanged(LocalCall call);

    /// <summary>Its time is up that <see cref="LocalCall.WaitFor"/> has set.</summary>
    public abstract void OnTimeUp(LocalCall call);
}
