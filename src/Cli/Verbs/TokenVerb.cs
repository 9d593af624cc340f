using System.CommandLine;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Mesh.Cli.Answers;
using Mesh.Cli.Output;
using Mesh.Hosting;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary><c>meshctl token create|list|revoke</c>: what sidecars join the mesh with.</summary>
internal static class TokenVerb
{
    public static Command Build() => new("token", "Makes, lists and revokes the tokens by which sidecars join the mesh.") { Create(), List(), Revoke() };

    private static Command Create()
    {
        var service = new CliOption<string>("--service", ValueKinds.ServiceName, null, "The service whose sidecars may join with it.");
        service.Symbol.Required = service.Symbol.DefaultValueFactory is null;
        var uses = new CliOption<int>("--uses", ValueKinds.WholeNumber(1, 1_000_000), "1", "How many certificates it gives.");
        var ttl = new CliOption<TimeSpan>("--ttl", ValueKinds.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(365)), "1h", "How long it is valid.");
        var verb = new Command("create", "Makes a token and prints it, this once: the mesh keeps only what it is checked by.") { service.Symbol, uses.Symbol, ttl.Symbol };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var request = new CreateTokenRequest { Service = service.Get(parsed)!, Uses = uses.Get(parsed), Ttl = Duration.FromTimeSpan(ttl.Get(parsed)), Author = Author.Name };
            var made = await new Trust.TrustClient(talk.Channel).CreateTokenAsync(request, cancellationToken: talk.Cancellation);
            var output = parsed.InvocationConfiguration.Output;
            if (!Messages.TryWrite(output, options.Format(parsed), made))
            {
                // Alone on stdout, so that a script can put it where the sidecar finds it.
                output.WriteLine(PrintableText.Of(made.Token));
            }
        }, cancellation));
        return verb;
    }

    private static Command List()
    {
        var verb = new Command("list", "Lists the tokens that are valid.");
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            var trust = new Trust.TrustClient(talk.Channel);
            var limit = new AnswerLimit("tokens");
            var all = new ListTokensResponse();
            var token = "";
            do
            {
                var page = await trust.ListTokensAsync(new ListTokensRequest { PageToken = token }, cancellationToken: talk.Cancellation);
                token = limit.Next(page, page.NextPageToken);
                all.Tokens.Add(page.Tokens);
            }
            while (token.Length > 0);
            Write(parsed.InvocationConfiguration.Output, options.Format(parsed), all);
        }, cancellation));
        return verb;
    }

    private static Command Revoke()
    {
        var ids = new ValueArgument("ID", "a token's id, as meshctl token list shows it", ArgumentArity.OneOrMore) { Description = "Which tokens." };
        var verb = new Command("revoke", "Has tokens be valid no longer. Certificates that came of them stay: meshctl certs revoke ends those.") { ids };
        var options = ControlPlaneOptions.On(verb);
        verb.SetAction((parsed, cancellation) => options.AskAsync(parsed, async talk =>
        {
            foreach (var id in ids.Get(parsed).Distinct())
            {
                await new Trust.TrustClient(talk.Channel).RevokeTokenAsync(new RevokeTokenRequest { Id = id }, cancellationToken: talk.Cancellation);
                parsed.InvocationConfiguration.Output.WriteLine(PrintableText.Of($"token {id}: revoked"));
            }
        }, cancellation));
        return verb;
    }

    private static void Write(TextWriter output, OutputFormat format, ListTokensResponse all)
    {
        if (Messages.TryWrite(output, format, all))
        {
            return;
        }

        if (all.Tokens.Count == 0)
        {
            output.WriteLine("no token is valid");
            return;
        }

        TextTable.Write(output, ["ID", "SERVICE", "USES LEFT", "EXPIRES", "MADE BY"], all.Tokens.Select(token => (string[])
        [
            token.Id, token.Service, token.UsesLeft.ToString(CultureInfo.InvariantCulture), TrustTables.Time(token.Expires), token.Author.Length == 0 ? "-" : token.Author,
        ]));
    }
}
