using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Queues;

namespace Mesh.Messaging;

/// <summary>A queue or a group that is there.</summary>
/// <param name="Name">Which.</param>
/// <param name="Queue">Of a queue.</param>
/// <param name="Group">Of a group.</param>
public sealed record Backlog(BacklogName Name, QueueOptions? Queue, GroupOptions? Group);
