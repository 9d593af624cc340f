using Mesh.V1;

namespace Mesh.Resources.Tests;

public class StaticFileValidationTests
{
    [Fact]
    public void A_good_file_has_no_faults()
        => Assert.Empty(Validate("""
            services:
            - name: echo
              endpoints:
              - address: 127.0.0.1:50061
              - {address: "[::1]:50061", id: b, weight: 1, locality: eu/a, status: HEALTHY}
              config: {}
            - name: empty
            """));

    [Fact]
    public void Each_fault_is_one_line_that_names_the_field()
        => Assert.Equal(
            [
                "services[0].endpoints[0].address: 'localhost' has no port; write it like 127.0.0.1:8080",
                "services[0].endpoints[1].address: is missing; write it like 127.0.0.1:8080",
                "services[0].endpoints[1].weight: 10001 is not within 1 to 10000",
                "services[0].endpoints[1].locality: 'a/b/c' has more than one '/'; write REGION/ZONE",
                "services[0].endpoints[3].address: 'h:1' is the id of endpoints[2] too; give each its own",
                "services[0].endpoints[4].id: 'h:1' is the id of endpoints[2] too; give each its own",
                "services[0].endpoints[5].address: 'h:0' has port 0; nothing can be reached there",
                "services[0].config.retry.max_attempts: 11 is not within 1 to 10",
                "services[1].name: 'echo' is the name of services[0] too; put their endpoints together",
                "services[2].name: is missing; 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit",
            ],
            Validate("""
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

    private static IReadOnlyList<string> Validate(string yaml)
    {
        Assert.True(ResourceYaml.TryRead<StaticFile>(yaml, "f.yaml", out var file, out var errors), string.Join('\n', errors));
        return StaticFileValidation.Validate(file);
    }
}
