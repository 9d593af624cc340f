using Mesh.Cli.Output;
using Mesh.V1;

namespace Mesh.Cli.Tests.Output;

public sealed class TextTableTests
{
    [Fact]
    public void Columns_are_aligned_and_lines_end_where_their_text_does()
    {
        var output = new StringWriter { NewLine = "\n" };
        TextTable.Write(output, ["NAME", "STATUS"], [["users", "HEALTHY"], ["notifications", "-"]]);
        Assert.Equal("NAME           STATUS\nusers          HEALTHY\nnotifications  -\n", output.ToString());
    }

    [Fact]
    public void A_long_row_stays_on_one_line()
    {
        var output = new StringWriter();
        TextTable.Write(output, ["REASON"], [[new string('x', 500)]]);
        Assert.Contains(new string('x', 500), output.ToString());
    }

    [Fact]
    public void What_others_registered_cannot_draw_on_the_terminal()
    {
        var output = new StringWriter { NewLine = "\n" };
        RegistryTables.WriteInstances(output, [new Instance { Id = "a\u001b[2J\nb", Service = "[red]x[/]", Address = "::1", Port = 80 }]);
        Assert.DoesNotContain('\u001b', output.ToString());
        Assert.Contains("[red]x[/]", output.ToString());
        Assert.Contains("[::1]:80", output.ToString());
        Assert.Equal(2, output.ToString().Count(character => character == '\n'));
    }
}
