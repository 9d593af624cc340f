using Grpc.Core;
using Mesh.ControlPlane.Trust;
using Mesh.Hosting;
using Mesh.V1;

namespace Mesh.ControlPlane.Api;

/// <summary>mesh.v1.Identity: looks at the form, asks for the certificate, and tells those who are refused nothing but that.</summary>
internal sealed class IdentityService(Joining joining) : V1.Identity.IdentityBase
{
    private const int MaxText = 256;
    private const int MaxCertificate = 4096;
    private const int MaxChain = 4;

    public override async Task<JoinResponse> Join(JoinRequest request, ServerCallContext context)
    {
        if (FaultOf(request) is { } fault)
        {
            throw Faults.Invalid(fault);
        }

        try
        {
            return await joining.JoinAsync(request)
                ?? throw Faults.Of(StatusCode.Unauthenticated, "proof: is none for this service and instance; the control plane's log says why");
        }
        catch (TrustException wrong)
        {
            throw Faults.Invalid(wrong.Message);
        }
    }

    private static string? FaultOf(JoinRequest request) =>
        !ValueKinds.ServiceName.TryParse(request.Service, out _) ? $"service: '{Shown.Text(request.Service)}' is not {ValueKinds.ServiceName.Expectation}"
        : ReservedName.WhyNot(request.Service) is { } reserved ? $"service: {reserved}"
        : InstanceFault(request.InstanceId) is { } instance ? instance
        : request.CertificateRequest.Length is 0 or > MaxCertificate ? $"certificate_request: has {request.CertificateRequest.Length} octets, and must have 1 to {MaxCertificate}"
        : request.ProofCase switch
        {
            JoinRequest.ProofOneofCase.Token => request.Token.Length > MaxText ? $"token: has {request.Token.Length} characters, and may have {MaxText}" : null,
            JoinRequest.ProofOneofCase.Held => FaultOf(request.Held),
            _ => "proof: a token or a certificate must be given",
        };

    /// <summary>Of an instance that has, or wants, a certificate.</summary>
    public static string? InstanceFault(string id) =>
        id.Length is 0 or > MaxText ? $"instance_id: has {id.Length} characters, and must have 1 to {MaxText}"
        : PrintableText.WhyNot(id) is { } why ? $"instance_id: {why}"
        : null;

    private static string? FaultOf(HeldCertificate held) =>
        held.Chain.Count is 0 or > MaxChain ? $"held.chain: has {held.Chain.Count} certificates, and must have 1 to {MaxChain}"
        : held.Chain.Any(one => one.Length is 0 or > MaxCertificate) ? $"held.chain: a certificate must have 1 to {MaxCertificate} octets"
        : held.Signature.Length is 0 or > MaxText ? $"held.signature: has {held.Signature.Length} octets, and must have 1 to {MaxText}"
        : null;
}
