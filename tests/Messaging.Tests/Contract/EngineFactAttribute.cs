using Xunit.Sdk;

namespace Mesh.Messaging.Tests.Contract;

/// <summary>A test of the contract: skipped for an engine whose server this machine does not have.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Mesh.Messaging.Tests.Contract.EngineFactDiscoverer", "Mesh.Messaging.Tests")]
public sealed class EngineFactAttribute : FactAttribute;

/// <inheritdoc cref="EngineFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Mesh.Messaging.Tests.Contract.EngineTheoryDiscoverer", "Mesh.Messaging.Tests")]
public sealed class EngineTheoryAttribute : TheoryAttribute;
