using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Paging;
using Mesh.ControlPlane.Trust;
using Mesh.Hosting;
using Mesh.V1;

namespace Mesh.ControlPlane.Api;

/// <summary>mesh.v1.Trust: validates, calls the rooms, maps what they say.</summary>
internal sealed class TrustService(TrustState state, Authority authority, JoinTokens tokens, TrustSteering steering, TimeProvider time) : V1.Trust.TrustBase
{
    private const int MostUses = 1_000_000;

    private static readonly TimeSpan DefaultTtl = TimeSpan.FromHours(1);
    private static readonly TimeSpan ShortestTtl = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestTtl = TimeSpan.FromDays(365);

    public override async Task<CreateTokenResponse> CreateToken(CreateTokenRequest request, ServerCallContext context)
    {
        if (FaultOf(request) is { } fault)
        {
            throw Faults.Invalid(fault);
        }

        var made = await tokens.CreateAsync(request.Service, request.Uses == 0 ? 1 : request.Uses, request.Ttl?.ToTimeSpan() ?? DefaultTtl, request.Author)
            ?? throw Faults.Exhausted($"{JoinTokens.Most} tokens are valid, and no more may be: revoke some");
        return new CreateTokenResponse { Token = made.Text, Kept = made.Kept };
    }

    public override Task<ListTokensResponse> ListTokens(ListTokensRequest request, ServerCallContext context)
    {
        if (PageRequest.TryRead(request.PageSize, request.PageToken, "tokens", keys: 1, out var page) is { } fault)
        {
            throw Faults.Invalid(fault);
        }

        var response = new ListTokensResponse();
        var fill = new MessageFill(page.Size);
        foreach (var token in tokens.Valid().Where(token => string.CompareOrdinal(token.Id, page.After[0]) > 0))
        {
            if (!fill.TryAdd(token))
            {
                response.NextPageToken = page.Next(response.Tokens[^1].Id);
                break;
            }

            response.Tokens.Add(token);
        }

        return Task.FromResult(response);
    }

    public override async Task<RevokeTokenResponse> RevokeToken(RevokeTokenRequest request, ServerCallContext context) =>
        await tokens.RevokeAsync(request.Id) ? new RevokeTokenResponse() : throw Faults.NotFound($"there is no token '{Shown.Text(request.Id)}'");

    public override Task<ListCertificatesResponse> ListCertificates(ListCertificatesRequest request, ServerCallContext context)
    {
        if (PageRequest.TryRead(request.PageSize, request.PageToken, $"certificates/{request.Service}", keys: 2, out var page) is { } fault)
        {
            throw Faults.Invalid(fault);
        }

        var (now, record) = (time.GetUtcNow(), authority.Current.Value);
        var denied = record.Denied.Select(one => one.Serial).ToHashSet(StringComparer.Ordinal);
        var response = new ListCertificatesResponse();
        var fill = new MessageFill(page.Size);
        var after = TrustKeys.Of(page.After[0], page.After[1]);
        CertificatesRecord? last = null;
        foreach (var (key, stored) in state.Certificates.SkipWhile(one => page.After[0].Length > 0 && string.CompareOrdinal(one.Key, after) <= 0))
        {
            var held = stored.Value;
            if ((request.Service.Length > 0 && held.Service != request.Service) || held.Certificates.LastOrDefault() is not { } newest || newest.NotAfter.ToDateTimeOffset() <= now)
            {
                continue;
            }

            var shown = new HeldIdentity
            {
                Id = SpiffeId.OfService(record.TrustDomain, held.Service).Text,
                InstanceId = held.InstanceId,
                Serial = newest.Serial,
                NotBefore = newest.NotBefore,
                NotAfter = newest.NotAfter,
                Anchor = newest.Anchor,
                Denied = denied.Contains(newest.Serial),
                TokenId = held.TokenId,
            };
            if (!fill.TryAdd(shown))
            {
                response.NextPageToken = page.Next(last!.Service, last.InstanceId);
                break;
            }

            response.Identities.Add(shown);
            last = held;
        }

        return Task.FromResult(response);
    }

    public override async Task<RevokeCertificatesResponse> RevokeCertificates(RevokeCertificatesRequest request, ServerCallContext context) =>
        await steering.RevokeAsync(request.Service, request.InstanceId) is > 0 and var count
            ? new RevokeCertificatesResponse { Denied = count }
            : throw Faults.NotFound($"'{Shown.Text($"{request.Service}/{request.InstanceId}")}' has no certificate that is valid");

    public override Task<TrustStatus> GetTrust(GetTrustRequest request, ServerCallContext context) => steering.ReadAsync(request.Here, context.CancellationToken);

    public override Task<TrustStatus> Rotate(RotateRequest request, ServerCallContext context) => SteerAsync(() => steering.RotateAsync(context.CancellationToken));

    public override Task<TrustStatus> UndoRotation(UndoRotationRequest request, ServerCallContext context) => SteerAsync(() => steering.UndoAsync(context.CancellationToken));

    private static async Task<TrustStatus> SteerAsync(Func<Task<TrustStatus>> steer)
    {
        try
        {
            return await steer();
        }
        catch (TrustException refused)
        {
            throw Faults.Of(StatusCode.FailedPrecondition, refused.Message);
        }
    }

    private static string? FaultOf(CreateTokenRequest request) =>
        !ValueKinds.ServiceName.TryParse(request.Service, out _) ? $"service: '{Shown.Text(request.Service)}' is not {ValueKinds.ServiceName.Expectation}"
        : ReservedName.WhyNot(request.Service) is { } reserved ? $"service: {reserved}"
        : request.Uses is < 0 or > MostUses ? $"uses: {request.Uses} is not within 1 to {MostUses}"
        : request.Ttl is { } ttl && (ttl.Seconds < ShortestTtl.TotalSeconds || ttl.Seconds > LongestTtl.TotalSeconds || ttl.Nanos is < 0 or > 999_999_999) ? "ttl: must be within 1s and 365d"
        : OriginFaults.Of(request.Author, "").FirstOrDefault();
}
