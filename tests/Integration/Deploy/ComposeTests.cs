namespace Mesh.Integration.Deploy;

public sealed class ComposeTests
{
    private static readonly string File = System.IO.File.ReadAllText(Path.Combine(ProgramHelp.Root, "docker-compose.yml"));

    [Fact]
    public void The_compose_file_asks_for_nothing_the_programs_do_not_have() => Assert.Empty(ComposeCheck.Faults(File));

    [Theory]
    [InlineData("--grpc", "--grcp", "control-plane: command: mesh-control-plane has no option '--grcp'")]
    [InlineData("\"mesh-demo\", \"orders\"", "\"mesh-shop\", \"orders\"", "orders: command: no such executable 'mesh-shop'")]
    [InlineData("\"mesh-demo\", \"orders\"", "\"mesh-demo\", \"order\"", "orders: command: mesh-demo has no argument 'order'")]
    [InlineData("demo-load", "load-demo", "load: command: meshctl has no verb 'load-demo'")]
    [InlineData("PAYMENTS_ADDRESS", "PAYMENT_ADDRESS", "orders: environment: mesh-demo reads no variable 'PAYMENT_ADDRESS'")]
    [InlineData("127.0.0.1:15014:15014", "127.0.0.1:15014:15015", "control-plane: ports: nobody listens on 15015 there for others")]
    [InlineData("http://127.0.0.1:15014/readyz", "http://127.0.0.1:15013/readyz", "control-plane: 127.0.0.1:15013: nobody listens there")]
    [InlineData("--grpc\", \"0.0.0.0", "--grpc\", \"127.0.0.1", "users-sidecar: control-plane:15010: nobody listens there")]
    [InlineData("http://127.0.0.1:15103", "http://127.0.0.1:15104", "orders: 127.0.0.1:15104: nobody listens there")]
    [InlineData("--advertise=users:15006", "--advertise=users:15007", "users-sidecar: users:15007: nobody listens there")]
    [InlineData("service:payments-network", "service:payment-network", "payments-sidecar: no such service 'payment-network'")]
    [InlineData("\"sh\", \"-c\", \"trap 'exit 0' TERM; sleep infinity & wait\"", "\"mesh-demo\", \"users\"", "users-sidecar: network_mode: 'users-network' does something, and takes the network along when it ends")]
    [InlineData("aliases: [\"users\"]", "aliases: [\"user\"]", "users-sidecar: users:15006: nobody listens there")]
    [InlineData("control-plane:/data", "plane:/data", "control-plane: volumes: no such volume 'plane'")]
    [InlineData("\"mesh-sidecar\", \"probe\"", "\"mesh-sidecar\", \"prod\"", "users: healthcheck: mesh-sidecar has no verb 'prod'")]
    [InlineData("\"mesh-sidecar\", \"probe\"", "\"meshctl\", \"probe\"", "users: healthcheck: meshctl takes a third of a second of CPU; mesh-sidecar probe is native")]
    [InlineData("interval: 10s", "interval: 1s", "users: healthcheck: interval: '1s' is not 10s or more")]
    [InlineData("restart: always", "restart: \"no\"", "users: restart: nobody starts it again when it has died")]
    [InlineData("    healthcheck: *sidecar-health\n", "", "users-sidecar: healthcheck: nobody asks whether it is ready")]
    [InlineData("    healthcheck: *sidecar-health\n", "", "load: depends_on: 'load-sidecar' has no health check")]
    [InlineData("deploy/Dockerfile", "deploy/Containerfile", "load: build: no such file 'deploy/Containerfile'")]
    [InlineData("services:\n", "name: demo\nservices:\n", "name: older versions of compose reject it")]
    public void A_slip_in_it_is_found(string right, string wrong, string fault)
    {
        Assert.Contains(right, File);
        Assert.Contains(fault, ComposeCheck.Faults(File.Replace(right, wrong)));
    }

    [Fact]
    public void What_the_profile_of_several_control_planes_is_told_is_there()
    {
        var services = ComposeFile.Parse(File).Services;
        var variables = System.IO.File.ReadAllLines(Path.Combine(ProgramHelp.Root, "deploy", "ha.env")).Where(line => !line.StartsWith('#')).ToList();
        Assert.All(variables, line => Assert.Contains($"${{{line.Split('=')[0]}:-", File, StringComparison.Ordinal));
        var hosts = variables.SelectMany(line => System.Text.RegularExpressions.Regex.Matches(line, "http://([^:,]+):").Select(match => match.Groups[1].Value)).ToList();
        Assert.Equal(["control-plane", "control-plane-b", "etcd-1", "etcd-2", "etcd-3"], hosts.Order());
        Assert.All(hosts, host => Assert.Contains(host, services.Keys));
    }

    [Fact]
    public void The_image_builds_every_program_there_is_and_does_not_run_as_root()
    {
        var dockerfile = System.IO.File.ReadAllLines(Path.Combine(ProgramHelp.Root, "deploy", "Dockerfile"));
        var projects = dockerfile.Single(line => line.Contains("for project in")).Split(" in ")[1].Split(';')[0].Split(' ');
        Assert.All(projects, project => Assert.True(Directory.Exists(Path.Combine(ProgramHelp.Root, "src", project)), project));
        Assert.Equal(["Cli", "ControlPlane", "DemoServices", "Sidecar"], projects.Order());
        Assert.Equal("USER $APP_UID", dockerfile.Last(line => line.StartsWith("USER ", StringComparison.Ordinal)));
    }
}
