using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery.Kinds;

/// <summary>
/// A kind of resource as the sidecar understands it: how its body is read and checked, and how it takes force. A row of
/// <see cref="ResourceIntake"/>'s table, which sees to everything else. One caller at a time.
/// </summary>
internal abstract class ResourceKind
{
    /// <summary>As in discovery.proto.</summary>
    public abstract string Name { get; }

    /// <summary>Whether that of a service is of use here: what nobody has asked for is not kept. Any thread.</summary>
    public abstract bool IsWanted(string name);

    /// <summary>A former process has kept that of a service: it is of use from now on.</summary>
    /// <returns>False if it is none that can be.</returns>
    public abstract bool Want(string name);

    /// <summary>How long until <see cref="OnConfirmTimeOver"/> is due; null if it is not.</summary>
    public virtual TimeSpan? ConfirmTimeLeft => null;

    /// <summary>What was sent, whole; in force with the directory's next publication.</summary>
    public abstract Verdict Apply(Api.Resource resource, Origin origin);

    /// <summary>
    /// What was sent cannot be used. What was there before stays; if there was nothing, those who wait for a word must not wait for ever.
    /// </summary>
    /// <returns>Whether there is something to publish.</returns>
    public abstract bool OnRejected(Api.Resource resource);

    /// <summary>Nobody calls the service of that name any more.</summary>
    public abstract void Forget(string name);

    /// <summary>What was kept on disk by a former process.</summary>
    /// <returns>Why it is of no use; null if it is in force with the next publication.</returns>
    public string? Restore(Api.Resource resource, Origin origin) => Apply(resource, origin).Fault;

    /// <summary>A control plane speaks to us again, or for the first time.</summary>
    public virtual void OnConnected()
    {
    }

    /// <summary>It does no longer.</summary>
    public virtual void OnLost()
    {
    }

    /// <summary>What was not said again in time is gone.</summary>
    public virtual void OnConfirmTimeOver()
    {
    }

    /// <summary>All that is in force, as a control plane would send it.</summary>
    public abstract IEnumerable<Api.CachedResource> InForce();

    /// <summary>The version in force of the resource of that name, if it is exactly what the store has; null otherwise.</summary>
    public abstract (long Version, Origin Origin)? Known(string name);

    /// <summary>Reads a body; false if it is none.</summary>
    protected static bool TryParse<T>(Api.Resource resource, Google.Protobuf.MessageParser<T> parser, out T body)
        where T : Google.Protobuf.IMessage<T>, new()
    {
        try
        {
            body = parser.ParseFrom(resource.Body);
            return true;
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            body = new T();
            return false;
        }
    }
}
