using System.CommandLine;
using Mesh.Cli.Answers;
using Mesh.Cli.Output;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl certs list|revoke</c>: who has which certificate, until when, and the end of an instance's.</summary>
internal static class CertsVerb
{
    public static Command Build() => new("certs", "Shows who has a certificate and until when, and denies those of an instance.") { List(), Revoke() };

    private static Command List()
    {
        var service = ValueArgument.Services(ArgumentArity.ZeroOrOne);
        service.Description = "Of this service; without it of all.";
        var verb = new Command("list", "Lists the newest certificate of each instance.") { service };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var trust = new Trust.TrustClient(talk.Channel);
            var limit = new AnswerLimit("certificates");
            var all = new ListCertificatesResponse();
            var token = "";
            do
            {
                var request = new ListCertificatesRequest { Service = service.Get(parsed) is [var one] ? one : "", PageToken = token };
                var page = await trust.ListCertificatesAsync(request, cancellationToken: talk.Cancellation);
                token = limit.Next(page, page.NextPageToken);
                all.Identities.Add(page.Identities);
            }
            while (token.Length > 0);
            var output = parsed.InvocationConfiguration.Output;
            if (!Messages.TryWrite(output, options.Format(parsed), all))
            {
                TrustTables.Write(output, all);
            }
        }, cancellation));
        return verb;
    }

    private static Command Revoke()
    {
        var sidecar = new ValueArgument("SERVICE/INSTANCE", "a service and an instance's id (for example orders/orders-1)", ArgumentArity.ExactlyOne) { Description = "Whose certificates." };
        sidecar.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && token.Value.Split('/', 2) is not [{ Length: > 0 }, { Length: > 0 }])
            {
                result.AddError($"'{token.Value}' is not SERVICE/INSTANCE (for example orders/orders-1)");
            }
        });
        var verb = new Command("revoke", "Denies an instance's certificates, and it a new one for as long as they would be valid.") { sidecar };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var whose = sidecar.Get(parsed)[0].Split('/', 2);
            var request = new RevokeCertificatesRequest { Service = whose[0], InstanceId = whose[1] };
            var response = await new Trust.TrustClient(talk.Channel).RevokeCertificatesAsync(request, cancellationToken: talk.Cancellation);
            var output = parsed.InvocationConfiguration.Output;
            if (!Messages.TryWrite(output, options.Format(parsed), response))
            {
                output.WriteLine(PrintableText.Of($"{whose[0]}/{whose[1]}: {response.Denied} {(response.Denied == 1 ? "certificate is" : "certificates are")} denied"));
            }
        }, cancellation));
        return verb;
    }
}
