using Mesh.Messaging.Tests.Contract;

namespace Mesh.Messaging.Tests.Databases;

public sealed class PostgresEventTests() : EventContract(new PostgresSite());

public sealed class PostgresGroupTests() : GroupContract(new PostgresSite());

public sealed class PostgresQueueTests() : QueueContract(new PostgresSite());

public sealed class PostgresLimitTests() : LimitContract(new PostgresSite());
