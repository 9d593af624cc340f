namespace Mesh.Messaging.Tests.Contract;

public sealed class SqliteEventTests() : EventContract(new SqliteSite());

public sealed class SqliteGroupTests() : GroupContract(new SqliteSite());

public sealed class SqliteQueueTests() : QueueContract(new SqliteSite());

public sealed class SqliteLimitTests() : LimitContract(new SqliteSite());
