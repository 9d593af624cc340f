namespace Mesh.Messaging.Tests.Databases;

/// <summary>A test that starts PostgreSQL. Where the machine has none (Debian's postgresql), it is skipped, which the sum of all tests says.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresCluster.WhyNot;
}
