namespace Mesh.ControlPlane.Store;

/// <summary>The store cannot do what it was asked for. The message is one line for people, and says what to do.</summary>
internal sealed class StoreException(StoreFault fault, string message, Exception? cause = null) : Exception(message, cause)
{
    public StoreFault Fault { get; } = fault;
}
