namespace Mesh.Resources.Tests;

public class StaticFileReaderTests
{
    [Fact]
    public void A_good_file_has_no_faults()
        => Assert.Empty(Faults("""
            services:
            - name: echo
              endpoints:
              - address: 127.0.0.1:50061
              - {address: "[::1]:50061", id: b, weight: 1, locality: eu/a, status: HEALTHY}
              config: {}
            - name: empty
            """));

    [Fact]
    public void Each_fault_is_one_line_that_names_place_and_field()
        => Assert.Equal(
            [
                "f.yaml:4:14: services[0].endpoints[0].address: 'localhost' has no port; write it like 127.0.0.1:8080",
                "f.yaml:5:5: services[0].endpoints[1].address: is missing; write it like 127.0.0.1:8080",
                "f.yaml:5:14: services[0].endpoints[1].weight: 10001 is not within 1 to 10000",
                "f.yaml:5:31: services[0].endpoints[1].locality: 'a/b/c' has more than one '/'; write REGION/ZONE",
                "f.yaml:7:14: services[0].endpoints[3].address: 'h:1' is the id of endpoints[2] too; give each its own",
                "f.yaml:8:26: services[0].endpoints[4].id: 'h:1' is the id of endpoints[2] too; give each its own",
                "f.yaml:9:14: services[0].endpoints[5].address: 'h:0' has port 0; nothing can be reached there",
                "f.yaml:10:34: services[0].config.retry.max_attempts: 11 is not within 1 to 10",
                "f.yaml:11:9: services[1].name: 'echo' is the name of services[0] too; put their endpoints together",
                "f.yaml:12:3: services[2].name: is missing; 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit",
            ],
            Faults("""
                services:
                - name: echo
                  endpoints:
                  - address: localhost
                  - {weight: 10001, locality: a/b/c}
                  - address: h:1
                  - address: h:1
                  - {address: "h:2", id: "h:1"}
                  - address: h:0
                  config: {retry: {max_attempts: 11}}
                - name: echo
                - {}
                """));

    [Fact]
    public void The_name_of_the_mesh_itself_is_no_service_s()
        => Assert.Equal(
            ["f.yaml:2:9: services[0].name: 'mesh' is the name under which the mesh itself answers; give the service another"],
            Faults("services:\n- name: mesh"));

    [Fact]
    public void What_holds_inbound_is_checked_too()
        => Assert.Equal(
            ["f.yaml:3:33: services[0].inbound.timeouts.connect: 2m is not within 1ms to 1m"],
            Faults("services:\n- name: a\n  inbound: {timeouts: {connect: 2m}}"));

    [Fact]
    public void What_cannot_be_read_is_not_found_missing_as_well()
        => Assert.Equal(["f.yaml:2:3: services[0].nam: StaticService has no such field; did you mean name?"], Faults("services:\n- nam: a"));

    [Fact]
    public void A_label_is_found_by_its_key()
        => Assert.Equal(
            ["f.yaml:4:19: services[0].endpoints[0].metadata['app.io/b']: has a control character (U+0007) at position 1; leave it out"],
            Faults("services:\n- name: a\n  endpoints: [{address: h:1, metadata: {a: x,\n      'app.io/b': \"\\a\"}}]"));

    private static IReadOnlyList<string> Faults(string yaml)
    {
        Assert.Equal(StaticFileReader.TryRead(yaml, "f.yaml", out _, out var faults), faults.Count == 0);
        return faults;
    }
}
