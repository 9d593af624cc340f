using Mesh.Policy.Balancing;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow.Stages;
using Mesh.Sidecar.Upstream;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// The attempts of one call. Any of those that compete may become its answer, and the first whose answer goes on to the caller is
/// <see cref="Committed"/>: the others lose. Shadows are beside them and never answer. Part of an <see cref="Exchange"/>.
/// </summary>
internal sealed class AttemptSet
{
    /// <summary>More attempts than any policy allows, those that were not processed included.</summary>
    public const int Most = 16;

    /// <summary>Under way at once: a first one, hedges and a shadow.</summary>
    private const int MostAtOnce = 4;

    /// <summary>Few calls have more attempts; those that do make room once.</summary>
    private const int UsualNotes = 2;

    private readonly EndpointState[] _tried = new EndpointState[Most];
    private readonly Attempt[] _live = new Attempt[MostAtOnce];
    private AttemptNote[] _notes = new AttemptNote[UsualNotes];
    private int _count;

    /// <summary>How many were made, shadows aside.</summary>
    public int Made { get; private set; }

    /// <summary>Those of them that no server has looked at.</summary>
    public int NotProcessed { get; set; }

    /// <summary>Where the last one went.</summary>
    public Endpoint? LastEndpoint { get; private set; }

    /// <summary>Why the last one's connection has failed, for people; null if it has not, or nobody knows.</summary>
    public string? Failure { get; set; }

    /// <summary>What the connection of the last one speaks.</summary>
    public Protocol Wire { get; private set; }

    /// <summary>The one whose answer is the call's; null as long as none is.</summary>
    public Attempt? Committed { get; set; }

    /// <summary>Those under way, in the order in which they began.</summary>
    public ReadOnlySpan<Attempt> Live => _live.AsSpan(0, _count);

    public bool HasRoom => _count < MostAtOnce;

    /// <summary>No more may be made, whatever a policy says.</summary>
    public bool IsUsedUp => Made >= Most;

    /// <summary>What has become of each, in the order in which they began.</summary>
    public ReadOnlySpan<AttemptNote> Notes => _notes.AsSpan(0, Math.Min(Made, Most));

    /// <summary>Where the call has been.</summary>
    public ReadOnlySpan<EndpointState> Tried => _tried.AsSpan(0, Math.Min(Made, Most));

    /// <summary>One of them at least has a head of an answer.</summary>
    public bool IsAnswered
    {
        get
        {
            foreach (var attempt in Live)
            {
                if (!attempt.IsShadow && attempt.Answer.HeadReceived > 0)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>One at least may still answer.</summary>
    public bool IsUnderWay
    {
        get
        {
            foreach (var attempt in Live)
            {
                if (!attempt.IsShadow)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Somebody else may still answer.</summary>
    public bool HasCompetitorOf(Attempt attempt)
    {
        foreach (var other in Live)
        {
            if (!other.IsShadow && !ReferenceEquals(other, attempt))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>An endpoint was picked for another attempt.</summary>
    public void Add(Attempt attempt, Endpoint endpoint, Protocol wire)
    {
        if (Made < Most)
        {
            _tried[Made] = endpoint.State;
            if (Made == _notes.Length)
            {
                Array.Resize(ref _notes, Most);
            }

            _notes[Made].Endpoint = endpoint;
            _notes[Made].Started = attempt.Started;
        }

        Made++;
        LastEndpoint = endpoint;
        Failure = null;
        Wire = wire;
        _live[_count++] = attempt;
    }

    /// <summary>It has ended: what became of it is kept until the call is over.</summary>
    public void Note(Attempt attempt, in Outcome outcome, long now)
    {
        if (attempt.Number > Most)
        {
            return;
        }

        ref var note = ref _notes[attempt.Number - 1];
        note.Sent = attempt.Sent;
        note.Answered = attempt.Answer.HeadReceived;
        note.Ended = now;
        note.Outcome = outcome;
        if (outcome.Reason is OutcomeReason.ConnectFailed or OutcomeReason.ConnectTimeout or OutcomeReason.ProtocolError or OutcomeReason.ConnectionLost)
        {
            note.Failure = Failure ?? attempt.ConnectionFailure;
        }
    }

    /// <summary>A shadow, which is no attempt at an answer.</summary>
    public void AddShadow(Attempt attempt) => _live[_count++] = attempt;

    /// <summary>It has ended, or been let go.</summary>
    public void Remove(Attempt attempt)
    {
        var index = Live.IndexOf(attempt);
        if (index >= 0)
        {
            _count--;
            Array.Copy(_live, index + 1, _live, index, _count - index);
            _live[_count] = null!;
        }
    }

    public void Clear()
    {
        Array.Clear(_tried, 0, Math.Min(Made, Most));
        Array.Clear(_notes, 0, Math.Min(Made, Most));
        Array.Clear(_live, 0, _count);
        _count = Made = NotProcessed = 0;
        LastEndpoint = null;
        Failure = null;
        Committed = null;
        Wire = default;
    }
}
