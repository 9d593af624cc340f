using System.CommandLine;
using Grpc.Core;
using Mesh.Hosting;
using Mesh.Policy.Authorization;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl authz can CALLER SERVICE PATH</c>: what a service's authorization would decide, and by which rule. Nothing is called.</summary>
internal static class AuthzVerb
{
    private const int No = 1;

    public static Command Build() => new("authz", "Says who may call what.") { Can() };

    private static Command Can()
    {
        var from = new ValueArgument("CALLER", "a service's name, a SPIFFE id, or - for somebody without an identity (for example web)", ArgumentArity.ExactlyOne)
        {
            Description = "Who calls: a service, a whole SPIFFE id, or - for somebody without an identity.",
        };
        var to = ValueArgument.Services(ArgumentArity.ExactlyOne);
        to.Description = "The service that is called.";
        var what = new ValueArgument("PATH", "a path (for example /shop.Orders/Get)", ArgumentArity.ExactlyOne) { Description = "The path, in gRPC the method." };
        var method = new CliOption<string>("--method", ValueKinds.Text("METHOD", "an HTTP method"), "POST", "HTTP's method; gRPC's is POST.");
        var domain = new CliOption<string>("--trust-domain", ValueKinds.Text("NAME", "a trust domain"), null, "Of the caller; without it the mesh's own.");
        var verb = new Command("can", "Says whether a call would be let in, and which rule decides; exit code 1 if not. Conditions on headers are taken for a call without any.") { from, to, what, method.Symbol, domain.Symbol };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction(async (parsed, cancellation) =>
        {
            var isAllowed = false;
            await options.AskAsync(parsed, async talk =>
            {
                var (caller, service, path) = (from.Get(parsed)[0], to.Get(parsed)[0], what.Get(parsed)[0]);
                var trust = domain.Get(parsed) ?? (await new Trust.TrustClient(talk.Channel).GetTrustAsync(new GetTrustRequest { Here = true }, cancellationToken: talk.Cancellation)).TrustDomain;
                var inbound = await InboundAsync(new Config.ConfigClient(talk.Channel), service, talk.Cancellation);
                var authorization = PolicyTranslation.ToInbound(inbound).Authorization;
                var identity = caller == "-" ? null : caller.Contains(':', StringComparison.Ordinal) ? caller : SpiffeId.OfService(trust, caller).Text;
                var verdict = new AuthorizationDecision(authorization).Decide(new AskedCall(identity, method.Get(parsed)!, path));
                isAllowed = verdict.IsAllowed;
                parsed.InvocationConfiguration.Output.WriteLine(PrintableText.Of(Line(caller, service, path, authorization, verdict)));
            }, cancellation);
            return isAllowed ? 0 : No;
        });
        return verb;
    }

    private static async Task<InboundConfig?> InboundAsync(Config.ConfigClient configs, string service, CancellationToken cancellation)
    {
        try
        {
            return (await configs.GetAsync(new GetConfigRequest { Service = service, Kind = ConfigKindName.Inbound }, cancellationToken: cancellation)).Inbound;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }

    private static string Line(string caller, string service, string path, AuthorizationOptions options, AuthorizationVerdict verdict)
    {
        var who = caller == "-" ? "somebody without an identity" : caller;
        var why = verdict switch
        {
            { IsAllowed: true, Rule: null } => options.IsEmpty ? "there are no rules" : "no rule denies it, and none are needed to allow it",
            { IsAllowed: true } => $"rule '{verdict.Rule}' allows it",
            { Missing: AuthorizationCondition.None, Rule: { } rule } => $"rule '{rule}' denies it",
            { Rule: { } rule } => $"no rule allows it; nearest is '{rule}', but for the {verdict.Missing.ToString().ToLowerInvariant()}",
            _ => "no rule allows it",
        };
        return $"{who} {(verdict.IsAllowed ? "can" : "cannot")} call {service} {path}: {why}{(options.IsDryRun ? " (dry run: nobody is refused)" : "")}";
    }
}
