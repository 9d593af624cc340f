using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Store;
using Mesh.Store.V1;
using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>What is to be stored for what a sidecar says, given a state. Pure. A batch is null if all is so already.</summary>
internal static class RegistrationBatch
{
    public const string Registered = "registered";

    /// <param name="state">What is registered.</param>
    /// <param name="registration">What its sidecar says; without a status it keeps its own, or is STARTING.</param>
    /// <param name="owner">The control plane that renews its lease from now on; empty where there is only one.</param>
    /// <param name="keepStatus">The same stream has registered it before, and its status did not change.</param>
    /// <param name="now">When.</param>
    public static Batch? Registration(RegistryState state, Registration registration, string owner, bool keepStatus, DateTimeOffset now)
    {
        var time = now.ToTimestamp();
        var stored = state.Find(registration.Instance.Service, registration.Instance.Id);
        var service = state.Services.GetValueOrDefault(registration.Instance.Service);
        var instance = InstanceOf(registration, stored?.Instance, keepStatus, time);
        var said = SaidOf(registration, service?.Said.CreateTime ?? time);
        // The first instance says it again: what nobody serves may be forgotten at this moment.
        var saysNews = service is null || service.Instances.IsEmpty || !said.Equals(service.Said);
        if (stored is not null && !saysNews && stored.Incarnation == registration.Incarnation && stored.Owner == owner && instance.Equals(stored.Instance))
        {
            return null;
        }

        var put = Put(instance, registration.Incarnation, owner, time, Registered);
        return Batch.Of(
            [new Precondition(put.Key, stored?.Revision ?? 0)],
            saysNews ? [put, new StoreChange(StoreKeys.Service(instance.Service), said.ToByteArray())] : [put]);
    }

    public static Batch? Status(RegisteredInstance stored, ServiceStatus status, string reason)
    {
        if (status == stored.Instance.Status && reason == stored.Instance.StatusReason)
        {
            return null;
        }

        var instance = stored.Instance.Clone();
        instance.Status = status;
        instance.StatusReason = reason;
        var put = Put(instance, stored.Incarnation, stored.Owner, stored.Registered, $"status: {NameOf(status)}");
        return Batch.Of([new Precondition(put.Key, stored.Revision)], [put]);
    }

    public static Batch Removal(RegisteredInstance stored, string reason)
    {
        var (service, id) = (stored.Instance.Service, stored.Instance.Id);
        var key = StoreKeys.Instance(service, id);
        var removals = new StoredRemovals { Removals = { new StoredRemoval { InstanceId = id, Reason = reason } } };
        return Batch.Of(
            [new Precondition(key, stored.Revision)],
            [new StoreChange(key, null), new StoreChange(StoreKeys.Removal(service), removals.ToByteArray())]);
    }

    public static string NameOf(ServiceStatus status) => status.ToString().ToUpperInvariant();

    private static Instance InstanceOf(Registration registration, Instance? stored, bool keepStatus, Timestamp now)
    {
        var instance = registration.Instance.Clone();
        if (instance.Status == ServiceStatus.Unspecified)
        {
            // The same stream says what changed, and its status did not; another stream may be another process.
            instance.Status = keepStatus && stored is not null ? stored.Status : ServiceStatus.Starting;
            instance.StatusReason = keepStatus && stored is not null ? stored.StatusReason : "";
        }

        if (instance.Weight == 0)
        {
            instance.Weight = 100;
        }

        instance.RegisterTime = stored?.RegisterTime ?? now;
        // What the registry sets must not make the two differ.
        instance.LastHeartbeat = stored?.LastHeartbeat;
        instance.Revision = stored?.Revision ?? 0;
        return instance;
    }

    private static StoredService SaidOf(Registration registration, Timestamp created)
    {
        var said = new StoredService
        {
            CreateTime = created,
            Version = registration.Instance.Version,
            HealthCheck = registration.HealthCheck?.Clone(),
        };
        said.Methods.Add(registration.Methods);
        said.Dependencies.Add(registration.Dependencies);
        return said;
    }

    private static StoreChange Put(Instance instance, string incarnation, string owner, Timestamp registered, string change)
    {
        var bare = instance.Clone();
        bare.LastHeartbeat = null;
        bare.Revision = 0;
        var record = new StoredInstance { Instance = bare, Incarnation = incarnation, Owner = owner, Registered = registered, Change = change };
        return new StoreChange(StoreKeys.Instance(instance.Service, instance.Id), record.ToByteArray());
    }
}
