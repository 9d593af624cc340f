using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Identity;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Joining;

/// <summary>
/// Gets this sidecar an identity and keeps it new: joins by a token, then renews by the certificate that it has. What there is stays while
/// the control plane is away. <see cref="RunAsync"/> runs once; the rest may be called from any thread.
/// </summary>
internal sealed class IdentityRenewal
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    // What a timer can wait for has an end.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly string _service;
    private readonly string _instance;
    private readonly JoinToken? _token;
    private readonly ControlPlaneChannels _channels;
    private readonly OwnTrust _own;
    private readonly IdentityFile? _file;
    private readonly Random _random;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TrustView? _kept;
    private string? _told;
    private volatile string? _fault;

    /// <param name="service">As which.</param>
    /// <param name="instance">Its instance id.</param>
    /// <param name="token">By what it joins; null if it can only go on with what is on disk.</param>
    /// <param name="channels">Where control planes are.</param>
    /// <param name="own">Told of what is issued.</param>
    /// <param name="file">Where the identity is kept; null keeps none.</param>
    /// <param name="random">For the pauses.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told of what changes.</param>
    public IdentityRenewal(
        string service, string instance, JoinToken? token, ControlPlaneChannels channels, OwnTrust own, IdentityFile? file, Random random, TimeProvider time, Log log)
    {
        _service = service;
        _instance = instance;
        _token = token;
        _channels = channels;
        _own = own;
        _file = file;
        _random = random;
        _time = time;
        _log = log;
    }

    /// <summary>Completes when there is an identity.</summary>
    public Task Joined => _joined.Task;

    /// <summary>Why the last attempt has failed; null if it has not.</summary>
    public string? Fault => _fault;

    /// <summary>Joins and renews until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        Restore();
        while (!stop.IsCancellationRequested)
        {
            await UntilDueAsync(stop);
            if (stop.IsCancellationRequested)
            {
                break;
            }

            _fault = await AskAsync(stop);
            if (_fault is { } fault && !stop.IsCancellationRequested)
            {
                Tell(fault);
                var left = _own.Current is { } current ? current.Identity.NotAfter - _time.GetUtcNow() : TimeSpan.Zero;
                await Task.Delay(RenewalSchedule.Retry(left, _random.NextDouble()), _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Restore()
    {
        if (_file is null)
        {
            return;
        }

        var view = _file.Read(out var fault);
        if (fault is not null)
        {
            _log.Warn($"--identity: the file {fault}; this sidecar joins anew");
        }

        if (view is not null && _time.GetUtcNow() < view.Identity.NotAfter)
        {
            _own.Take(view.Identity, view.Bundle);
            OnIssued(view.Identity, "kept on disk");
        }
    }

    /// <summary>Returns when a certificate is to be asked for.</summary>
    private async Task UntilDueAsync(CancellationToken stop)
    {
        WorkloadIdentity? planned = null;
        var (due, moved) = (DateTimeOffset.MaxValue, false);
        while (!stop.IsCancellationRequested)
        {
            var changed = _own.Changed;
            if (_own.Current is not { } current)
            {
                return;
            }

            Keep(current);
            var identity = current.Identity;
            if (identity != planned)
            {
                (planned, moved) = (identity, false);
                due = RenewalSchedule.Due(identity.Issued, identity.NotAfter, _random.NextDouble());
            }

            var now = _time.GetUtcNow();
            if (!moved && current.Bundle.IssuingAnchor != identity.Anchor)
            {
                moved = true;
                var sooner = RenewalSchedule.AfterMove(now, identity.Issued, identity.NotAfter, _random.NextDouble());
                due = sooner < due ? sooner : due;
            }

            if (due <= now)
            {
                return;
            }

            var wait = due - now;
            using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
            await Task.WhenAny(changed, Task.Delay(wait < LongestWait ? wait : LongestWait, _time, over.Token));
            await over.CancelAsync();
        }
    }

    /// <summary>As it is now, with whom it believes.</summary>
    private void Keep(TrustView current)
    {
        if (_file is null || current == _kept)
        {
            return;
        }

        _kept = current;
        if (_file.Write(current) is { } unwritten)
        {
            _log.Warn($"--identity: the identity could not be kept: {unwritten}");
        }
    }

    /// <returns>Why there is no new certificate; null if there is.</returns>
    private async Task<string?> AskAsync(CancellationToken stop)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new Api.JoinRequest
        {
            Service = _service,
            InstanceId = _instance,
            CertificateRequest = ByteString.CopyFrom(new CertificateRequest("", key, HashAlgorithmName.SHA256).CreateSigningRequest()),
        };
        if (Prove(request) is { } without)
        {
            return without;
        }

        var url = _channels.Choice.Current;
        try
        {
            var began = _time.GetUtcNow();
            var client = new Api.Identity.IdentityClient(_channels.To(url).Grpc);
            var response = await client.JoinAsync(request, deadline: _time.GetUtcNow().UtcDateTime + Longest, cancellationToken: stop);
            return Take(response, key, began) ? null : "the control plane has sent something that is no certificate of this sidecar's";
        }
        catch (RpcException failure)
        {
            return failure.StatusCode == StatusCode.Unauthenticated
                ? $"the control plane refuses an identity of '{_service}': {(request.ProofCase == Api.JoinRequest.ProofOneofCase.Token ? "the token" : "the certificate")} is not, or no longer, good for that; its log says why"
                : ControlPlaneChannels.Describe(failure, url);
        }
        catch (ObjectDisposedException)
        {
            return "the connection was given up";
        }
    }

    /// <returns>Why there is nothing to join with; null if there is.</returns>
    private string? Prove(Api.JoinRequest request)
    {
        if (_own.Current is { IsDenied: false } current && _time.GetUtcNow() < current.Identity.NotAfter)
        {
            byte[] signed = [.. "mesh-join\n"u8, .. request.CertificateRequest.Span];
            request.Held = new Api.HeldCertificate { Chain = { current.Identity.Chain }, Signature = ByteString.CopyFrom(current.Identity.Sign(signed)) };
            return null;
        }

        if (_token is null)
        {
            return "there is no certificate that is valid, and no token: give --join-token-file";
        }

        if (!_token.TryRead(out var token, out var fault))
        {
            return fault;
        }

        request.Token = token;
        return null;
    }

    private bool Take(Api.JoinResponse response, ECDsa key, DateTimeOffset issued)
    {
        if (response.Bundle is not { } bundle
            || WorkloadIdentity.Of(response.Chain, key.ExportPkcs8PrivateKey(), bundle.IssuingAnchor, issued) is not { } identity
            || !identity.RestsOn(bundle.Anchors, _time.GetUtcNow()))
        {
            return false;
        }

        _own.Take(identity, bundle);
        OnIssued(identity, "issued");
        return true;
    }

    private void OnIssued(WorkloadIdentity identity, string how)
    {
        _told = null;
        var until = identity.NotAfter.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        _log.Info($"this sidecar is spiffe://{_own.Current!.Bundle.TrustDomain}/service/{_service} until {until}, {how}");
        _joined.TrySetResult();
    }

    private void Tell(string fault)
    {
        if (_told != fault)
        {
            _told = fault;
            _log.Warn($"no new identity: {fault}{(_own.Current is null ? "" : "; the one there is holds")}");
        }
    }
}
