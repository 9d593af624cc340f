using Mesh.Tests;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Mesh.ControlPlane.Tests.Store;

/// <summary>A test that each store is put to; for etcd's it is skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Mesh.ControlPlane.Tests.Store.ContractFactDiscoverer", "Mesh.ControlPlane.Tests")]
public sealed class ContractFactAttribute : FactAttribute;

/// <summary>Knows for which class a test is, where the attribute does not.</summary>
public sealed class ContractFactDiscoverer(IMessageSink messages) : FactDiscoverer(messages)
{
    protected override IXunitTestCase CreateTestCase(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute) =>
        EtcdFactAttribute.WhyNot is { } why && testMethod.TestClass.Class.Name.EndsWith(nameof(Etcd.EtcdStoreTests), StringComparison.Ordinal)
            ? new XunitSkippedDataRowTestCase(
                DiagnosticMessageSink,
                discoveryOptions.MethodDisplayOrDefault(),
                discoveryOptions.MethodDisplayOptionsOrDefault(),
                testMethod,
                why)
            : base.CreateTestCase(discoveryOptions, testMethod, factAttribute);
}
