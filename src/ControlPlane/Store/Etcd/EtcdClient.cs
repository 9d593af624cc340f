using Grpc.Core;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>
/// Calls to etcd: one member after the other, a short attempt at each, until one answers or the time is over. It goes on with the
/// member that answered last. Any thread.
/// </summary>
internal sealed class EtcdClient : IDisposable
{
    // Attempts grow to this, so that a cluster that is slow and not gone is not asked the same for ever.
    private const int MostDoublings = 2;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    private readonly IReadOnlyList<EtcdMember> _members;
    private readonly EtcdLogin _login;
    private readonly EtcdOptions _options;
    private readonly TimeProvider _time;
    private int _current;
    private volatile bool _hasAnswered;

    /// <exception cref="StoreException">A file of the options cannot be used.</exception>
    public EtcdClient(EtcdOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _members = EtcdMember.All(options);
        _login = new EtcdLogin(options);
        // Replicas spread over the members.
        _current = Environment.ProcessId % _members.Count;
    }

    /// <summary>Calls until it has an answer.</summary>
    /// <param name="call">One attempt at a member.</param>
    /// <param name="longest">Over all attempts; asked before each, since it may be less by then.</param>
    /// <param name="cancellation">Ends them.</param>
    /// <param name="attempt">The first attempts' time; null: as the options say.</param>
    /// <exception cref="StoreException">It has none. What was asked for may have been done all the same.</exception>
    /// <exception cref="RpcException">What was asked for is compacted, or the answer too large.</exception>
    public async Task<EtcdReply<T>> CallAsync<T>(
        Func<EtcdMember, CallOptions, AsyncUnaryCall<T>> call, Func<TimeSpan> longest, CancellationToken cancellation, TimeSpan? attempt = null)
    {
        var start = _time.GetTimestamp();
        var hasLoggedInAgain = false;
        var refusals = 0;
        StoreException? why = null;
        for (var attempts = 1; ; attempts++)
        {
            var index = Volatile.Read(ref _current);
            var member = _members[index];
            var left = longest() - _time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
            {
                throw why ?? DoesNotAnswer(member);
            }

            var bound = (attempt ?? _options.Attempt) * (1 << Math.Min(MostDoublings, (attempts - 1) / _members.Count));
            string? token = null;
            using var limit = new AnswerLimit(bound < left ? bound : left, _time, cancellation);
            try
            {
                token = await _login.TokenAsync(member, cancellation);
                using var under = call(member, new CallOptions(Headers(token), cancellationToken: limit.Token));
                var response = await under.ResponseAsync;
                _hasAnswered = true;
                return new EtcdReply<T>(response, attempts);
            }
            catch (RpcException) when (cancellation.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellation);
            }
            catch (RpcException fault) when (EtcdFaults.IsLogin(fault) && !hasLoggedInAgain)
            {
                hasLoggedInAgain = true;
                _login.Refused(token);
                continue;
            }
            catch (RpcException fault) when (EtcdFaults.IsPassing(fault))
            {
                // Silence says less than a refusal before it.
                why = limit.IsOver
                    ? why ?? DoesNotAnswer(member, fault)
                    : EtcdFaults.Of(member.Address, fault);
                refusals = !limit.IsOver && EtcdFaults.IsTls(member.Address, fault) ? refusals + 1 : 0;
                if (refusals >= _members.Count && !_hasAnswered)
                {
                    // At the start, that is, and by one after the other: files are wrong. Later a member's may be about to be renewed.
                    throw why;
                }
            }
            catch (RpcException fault) when (EtcdFaults.IsCompacted(fault) || EtcdFaults.IsTooLarge(fault))
            {
                throw;
            }
            catch (RpcException fault)
            {
                throw EtcdFaults.Of(member.Address, fault);
            }

            Leave(index);
            // All have been asked once; what is refused at once must not be asked a thousand times a second.
            if (attempts >= _members.Count && !limit.IsOver)
            {
                var pause = Pause * (1 << Math.Min(attempts - _members.Count, 4));
                await Task.Delay(pause < LongestPause ? pause : LongestPause, _time, cancellation);
            }
        }
    }

    /// <summary>Opens a stream at a member; the caller bounds what it does there, and says when it is no good.</summary>
    public async Task<(EtcdMember Member, int Index, CallOptions Options)> StreamAsync(CancellationToken cancellation)
    {
        var index = Volatile.Read(ref _current);
        var member = _members[index];
        try
        {
            return (member, index, new CallOptions(Headers(await _login.TokenAsync(member, cancellation)), cancellationToken: cancellation));
        }
        catch (RpcException fault)
        {
            Leave(index);
            throw EtcdFaults.Of(member.Address, fault);
        }
    }

    /// <summary>A member is no good at present: the next one is asked.</summary>
    public void Leave(int index) => Interlocked.CompareExchange(ref _current, (index + 1) % _members.Count, index);

    /// <summary>A stream was refused its login.</summary>
    public void Refused(CallOptions options) => _login.Refused(options.Headers?.GetValue("token"));

    public void Dispose()
    {
        foreach (var member in _members)
        {
            member.Dispose();
        }

        _login.Dispose();
    }

    private static StoreException DoesNotAnswer(EtcdMember member, Exception? fault = null) =>
        new(StoreFault.Unavailable, $"{member.Address}: etcd does not answer", fault);

    private static Metadata Headers(string? token)
    {
        // Without a leader a member then says so, where it would be silent.
        var headers = new Metadata { { "hasleader", "true" } };
        if (token is not null)
        {
            headers.Add("token", token);
        }

        return headers;
    }
}
