using System.Text;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Connections.Guarding;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;
using Mesh.Wire.Timers;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Http2.Connections.States;

/// <summary>
/// What both halves of a connection share: its streams, its output, what it may still be sent, its budgets and times; and how it
/// dies of a fault. Only the loop's thread may call it.
/// </summary>
internal sealed class ConnectionState
{
    private readonly ViolationCounters _violations;

    /// <param name="connection">Whose.</param>
    /// <param name="channel">What carries its bytes.</param>
    /// <param name="options">Its limits.</param>
    /// <param name="violations">Where faults of the peer are counted.</param>
    /// <param name="watch">Is told when something is due.</param>
    /// <param name="makeStream">Makes one where none is left from before.</param>
    public ConnectionState(
        MessageConnection connection,
        Channel channel,
        WireOptions options,
        ViolationCounters violations,
        ITimerTarget watch,
        Func<SegmentPool, MessageStream> makeStream)
    {
        _violations = violations;
        Connection = connection;
        Output = new FrameOutput(channel);
        Flood = new FloodGuard(connection.Now);
        Streams = new StreamTable(this, channel.Loop.Scratch, makeStream);
        Departure = new Departure(this);
        Windows = new ReceiveWindows(this, options);
        Times = new ConnectionTimes(connection, options, watch);
    }

    public MessageConnection Connection { get; }

    public FrameOutput Output { get; }

    public FloodGuard Flood { get; }

    public StreamTable Streams { get; }

    public Departure Departure { get; }

    /// <summary>What the peer may send.</summary>
    public ReceiveWindows Windows { get; }

    public ConnectionTimes Times { get; }

    public bool IsClient => Connection.IsClient;

    public bool IsDead => Connection.IsDead;

    public long Now => Connection.Now;

    /// <summary>What an error counts as if its code says that much.</summary>
    public static ProtocolViolation KindOf(ErrorCode code, ProtocolViolation otherwise) => code switch
    {
        ErrorCode.FrameSizeError => ProtocolViolation.FrameSizeError,
        ErrorCode.FlowControlError => ProtocolViolation.FlowControlError,
        ErrorCode.CompressionError => ProtocolViolation.CompressionError,
        _ => otherwise,
    };

    public void Count(ProtocolViolation violation) => _violations.Add(violation);

    /// <summary>Takes one from a budget; an overdrawn one ends the connection.</summary>
    public bool Allow(ref FloodBudget budget)
    {
        if (budget.TryTake(Now))
        {
            return true;
        }

        Fail(budget.Violation, ErrorCode.EnhanceYourCalm, "too many frames that lead nowhere");
        return false;
    }

    /// <summary>The peer broke the protocol on the connection (RFC 9113 section 5.4.1).</summary>
    public void Fail(ErrorCode code, string why) => Fail(KindOf(code, ProtocolViolation.ConnectionError), code, why);

    /// <summary>The same, where the code does not tell how.</summary>
    public void Fail(ProtocolViolation violation, ErrorCode code, string why)
    {
        if (!IsDead)
        {
            Count(violation);
            Die(code, why, ResetCause.Violation);
        }
    }

    /// <summary>Says so to the peer and ends all streams. What is written still goes out.</summary>
    public void Die(ErrorCode code, string? why, ResetCause cause)
    {
        Connection.Failure ??= why;
        Departure.Say(code, why is null ? default : Encoding.ASCII.GetBytes(why));
        Connection.IsDead = true;
        Times.OnDead();
        Streams.EndAll(new StreamReset(code, cause));
    }

    /// <summary>A stream is gone from the table.</summary>
    public void OnStreamClosed()
    {
        if (IsDead)
        {
            return;
        }

        if (Streams.Count == 0)
        {
            Times.OnIdle();
        }

        if (IsClient)
        {
            Connection.Handler.OnCapacityChanged(Connection);
        }

        CloseIfOver();
    }

    /// <summary>Closes once nothing is under way any more and nothing may come.</summary>
    public void CloseIfOver()
    {
        if (!IsDead && Departure.IsOver)
        {
            Connection.IsDead = true;
            Times.OnOver();
            Output.RequestFlush(); // what is written goes out, then the channel closes
        }
    }
}
