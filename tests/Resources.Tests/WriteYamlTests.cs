using CsCheck;
using Mesh.V1;

namespace Mesh.Resources.Tests;

public class WriteYamlTests
{
    [Fact]
    public void Messages_are_written_in_block_style()
    {
        const string text = """
            service: orders
            config:
              balancing:
                policy: ROUND_ROBIN
                panicThreshold: 0
              timeouts:
                request: 1.500s
              retry:
                codes:
                - UNAVAILABLE
                - "1.10"
              routes:
              - name: "a: b"
                match:
                  prefix: /pkg.S/
                  headers:
                  - name: x-user
                    exact: "yes"
              - match: {}
            version: "3"

            """;
        Assert.True(ResourceYaml.TryRead<ConfigResource>(text, "f.yaml", out var resource, out var errors), string.Join('\n', errors));
        Assert.Equal(text, ResourceYaml.WriteYaml(resource));
        Assert.Equal("{}\n", ResourceYaml.WriteYaml(new ConfigResource()));
    }

    [Fact]
    public void Any_text_reads_back_as_it_was()
    {
        string[] special = ["", "~", "null", "true", "No", "1.10", "0x1F", "1_000", "2030-01-01", "12:30", "- a", "<<", "=", ".inf", "+1", "5s", "😀"];
        var texts = Gen.OneOf(
            Gen.String,
            Gen.String[Gen.Char[" :#-'\"\\\n\t{}[],&*!|>%@`~0123456789.eExtrufalsn\u00e9\u2028\u0085\ufeff\u007f"], 0, 12],
            Gen.Int[0, special.Length - 1].Select(i => special[i])).Where(IsValidUnicode);
        Gen.Select(texts, texts).Array[0, 5].Select(pairs => pairs.DistinctBy(pair => pair.Item1).ToDictionary()).Sample(map =>
        {
            var endpoint = new Endpoint { Metadata = { map } };
            var yaml = ResourceYaml.WriteYaml(endpoint);
            Assert.True(ResourceYaml.TryRead<Endpoint>(yaml, "f.yaml", out var back, out var errors), string.Join('\n', errors) + "\n" + yaml);
            Assert.Equal(endpoint, back);
        });
    }

    // A lone surrogate is no text: protobuf cannot carry it.
    private static bool IsValidUnicode(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return false;
            }
        }

        return true;
    }
}
