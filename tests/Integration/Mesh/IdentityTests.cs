using Mesh.Integration.Processes;
using Mesh.V1;

namespace Mesh.Integration.Mesh;

/// <summary>Sidecars that join by a token, as processes: they renew, follow a rotation of the anchor, and come back without a token.</summary>
public sealed class IdentityTests : IDisposable
{
    private const string Joined = "this sidecar is spiffe://mesh.local/service/echo";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-identity-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Sidecars_renew_by_themselves_and_follow_the_anchor_step_by_step()
    {
        await using var plane = await ControlPlane.StartAsync("--certificate-ttl", "20s");
        // One that is kept from renewing for too long joins again.
        var token = await TokenAsync(plane, "echo", uses: 100);
        var file = Path.Combine(_folder.FullName, "token");
        await File.WriteAllTextAsync(file, token + "\n");
        await using var one = await MeshInstance.StartAsync(plane, "echo-1", "--join-token-file", file);
        await using var two = await Sidecar.StartAsync(Client(plane, "echo-2"), [new("MESH_JOIN_TOKEN", token)]);
        await SaysAsync(two.Process, Joined);
        var first = (await IdentitiesAsync(plane))["echo-1"].Serial;
        await Bound.UntilAsync(async () => (await IdentitiesAsync(plane)).TryGetValue("echo-1", out var held) && held.Serial != first, () => "a renewed certificate");

        var anchor = Assert.Single((await TrustAsync(plane)).Anchors).Id;
        foreach (var phase in new[] { RotationPhase.Preparing, RotationPhase.Moving, RotationPhase.Leaving, RotationPhase.Unspecified })
        {
            await Bound.UntilAsync(async () => (await TrustAsync(plane)) is { Waiting: 0, Identities: 2 }, () => $"all sidecars ready for {phase}");
            Assert.Equal(phase, (await new Trust.TrustClient(plane.Channel).RotateAsync(new RotateRequest())).Phase);
        }

        Assert.NotEqual(anchor, Assert.Single((await TrustAsync(plane)).Anchors).Id);
        Assert.DoesNotContain(one.Sidecar.Process.Errors.Concat(two.Process.Errors).Concat(plane.Process.Errors), line => line.Contains(token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_keeps_its_identity_comes_back_without_a_token_and_one_that_has_none_is_not_ready_and_says_why()
    {
        await using var plane = await ControlPlane.StartAsync();
        var token = await TokenAsync(plane, "echo", uses: 1);
        await using (var before = await Sidecar.StartAsync([.. Client(plane, "echo-1"), "--identity", _folder.FullName], [new("MESH_JOIN_TOKEN", token)]))
        {
            await SaysAsync(before.Process, Joined);
            await Bound.UntilAsync(() => File.Exists(Path.Combine(_folder.FullName, "identity")), () => "the identity on disk");
        }

        await using var again = await Sidecar.StartAsync([.. Client(plane, "echo-1"), "--identity", _folder.FullName]);
        await SaysAsync(again.Process, "kept on disk");

        await using var refused = MeshProcess.Start(
            "mesh-sidecar", Executables.Sidecar, [.. Client(plane, "echo-2"), "--outbound", "127.0.0.1:0", "--admin", "127.0.0.1:0"], [new("MESH_JOIN_TOKEN", token)]);
        await SaysAsync(refused, "refuses an identity of 'echo': the token is not, or no longer, good for that");
        await SaysAsync(plane.Process, "an identity was refused to echo/echo-2");
        using var admin = new HttpClient { BaseAddress = new Uri($"http://{refused.Listener("admin")}") };
        using var answer = await admin.GetAsync("/readyz", Bound.Token);
        Assert.Equal(503, (int)answer.StatusCode);
        Assert.Contains("no identity yet", await answer.Content.ReadAsStringAsync(Bound.Token), StringComparison.Ordinal);
        Assert.DoesNotContain(refused.Errors.Concat(plane.Process.Errors), line => line.Contains(token, StringComparison.Ordinal));
    }

    private static string[] Client(ControlPlane plane, string instance) => ["--service", "echo", "--instance-id", instance, "--control-plane", plane.Url];

    private static Task SaysAsync(MeshProcess process, string text) =>
        Bound.UntilAsync(() => process.Errors.Any(line => line.Contains(text, StringComparison.Ordinal)), () => $"'{text}' of {string.Join('\n', process.Errors)}");

    private static async Task<TrustStatus> TrustAsync(ControlPlane plane) => await new Trust.TrustClient(plane.Channel).GetTrustAsync(new GetTrustRequest());

    private static async Task<Dictionary<string, HeldIdentity>> IdentitiesAsync(ControlPlane plane) =>
        (await new Trust.TrustClient(plane.Channel).ListCertificatesAsync(new ListCertificatesRequest())).Identities.ToDictionary(held => held.InstanceId);

    private static async Task<string> TokenAsync(ControlPlane plane, string service, int uses)
    {
        await using var meshctl = MeshProcess.Start(
            "meshctl", Executables.Meshctl, ["token", "create", "--service", service, "--uses", $"{uses}", "--ttl", "10m", "--control-plane", plane.Url]);
        Assert.Equal(0, await meshctl.ExitCodeAsync());
        return Assert.Single(meshctl.Output);
    }
}
