using Mesh.Messaging.Tests.Databases;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Mesh.Messaging.Tests.Contract;

/// <summary>One test of the contract on one engine.</summary>
public sealed class EngineTestCase : XunitTestCase
{
    [Obsolete("For the runner, which fills it.", error: true)]
    public EngineTestCase()
    {
    }

    public EngineTestCase(IMessageSink sink, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method, object[]? arguments)
        : base(sink, display, options, method, arguments)
    {
    }

    /// <inheritdoc/>
    protected override string GetSkipReason(IAttributeInfo factAttribute) =>
        (TestMethod.TestClass.Class.Name.Contains(nameof(Postgres), StringComparison.Ordinal) ? PostgresCluster.WhyNot : null) ?? base.GetSkipReason(factAttribute);
}
