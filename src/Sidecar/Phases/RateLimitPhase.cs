using System.Globalization;
using Mesh.Policy.Calls;
using Mesh.Policy.Outcomes;
using Mesh.Policy.RateLimiting;

namespace Mesh.Sidecar.Phases;

/// <summary>How often calls may be made (<c>rate_limits</c>). What a later phase refuses has taken its token all the same.</summary>
internal sealed class RateLimitPhase : Phase
{
    private readonly RateLimiter _limiter;
    private readonly byte[]? _header;

    /// <param name="limiter">Lasts longer than the snapshot.</param>
    public RateLimitPhase(RateLimiter limiter)
    {
        _limiter = limiter;
        var options = limiter.Options;
        _header = options.ByHeader is { } header ? System.Text.Encoding.ASCII.GetBytes(header) : null;
        var each = options.ByHeader is { } name ? $" for each {name}" : options.BySourceAddress ? " for each source address" : options.IsShared ? " of all together" : "";
        Limit = string.Create(CultureInfo.InvariantCulture, $"{options.Requests} in {DurationText.Format(options.Per)}{each}");
    }

    public override string Name => "rate-limit";

    public override string Limit { get; }

    public override PhaseVerdict Enter(CallFacts call) => Take(call) is > 0 and var wait
        ? PhaseVerdict.Answer(OutcomeReason.RateLimited, wait)
        : PhaseVerdict.GoOn;

    private long Take(CallFacts call)
    {
        if (_header is not null)
        {
            call.TryGetHeader(_header, out var value);
            return _limiter.Take(value, call.Now);
        }

        if (!_limiter.Options.BySourceAddress)
        {
            return _limiter.Take(call.Now);
        }

        Span<byte> address = stackalloc byte[16];
        var length = 0;
        call.Source?.TryWriteBytes(address, out length);
        return _limiter.Take(address[..length], call.Now);
    }
}
