namespace Mesh.Messaging.Tests.Contract;

/// <summary>Where an engine of some kind keeps its messages, so that it can be opened again.</summary>
public interface IEngineSite : IDisposable
{
    /// <summary>Opens what is there; nothing else has it open.</summary>
    Task<IMessageEngine> OpenAsync(TimeProvider time, MessagingLimits? limits = null);
}
