using Google.Protobuf;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>A batch that is to be made, with others that wait.</summary>
internal sealed class EtcdAppend(Batch batch, IReadOnlyList<EtcdChange> changes, IReadOnlyList<ByteString> conditions)
{
    public Batch Batch { get; } = batch;

    public IReadOnlyList<EtcdChange> Changes { get; } = changes;

    /// <summary>The keys of the batch's preconditions, in their order.</summary>
    public IReadOnlyList<ByteString> Conditions { get; } = conditions;

    public int Bytes { get; } = changes.Sum(change => change.Key.Length + (change.Value?.Length ?? 0));

    public TaskCompletionSource<AppendResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
