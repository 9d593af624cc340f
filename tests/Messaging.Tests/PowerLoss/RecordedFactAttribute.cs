namespace Mesh.Messaging.Tests.PowerLoss;

/// <summary>A test that records a process. Where there is no C compiler it is skipped, which the sum of all tests says.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RecordedFactAttribute : FactAttribute
{
    public RecordedFactAttribute() => Skip = Recorder.WhyNot;
}
